import { useQueryClient } from "@tanstack/react-query";
import { Navigate, useLocation, useNavigate } from "react-router";

import { meOptions, useMe } from "@/features/session/api/get-me";
import { SignInForm } from "@/features/session/components/sign-in-form";

interface Came {
  from?: string;
  timedOut?: boolean;
}

export default function SignInScreen() {
  const { data: me } = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  const came = (useLocation().state ?? {}) as Came;
  const target = came.from ?? "/";
  if (me) return <Navigate to={target} replace />;
  const enter = async () => {
    await client.fetchQuery({ ...meOptions, staleTime: 0 });
    await navigate(target, { replace: true });
  };
  return <SignInForm onDone={enter} timedOut={came.timedOut ?? false} />;
}
