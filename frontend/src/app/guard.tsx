import { useCallback, useState } from "react";
import { Navigate, useLocation } from "react-router";

import { Failure } from "@/components/ui/failure";
import { Waiting } from "@/components/ui/waiting";
import { useMe } from "@/features/session/api/get-me";
import { TimeOutWarning } from "@/features/session/components/time-out-warning";

import { Shell } from "./shell/shell";

/** Who is signed in goes on; who is not signs in first and comes back; where the node is silent, it is said. */
export function SignedIn() {
  const me = useMe();
  const here = useLocation();
  const [timedOut, setTimedOut] = useState(false);
  const leave = useCallback(() => {
    setTimedOut(true);
  }, []);
  if (me.isPending) return <Waiting />;
  if (me.data === undefined) {
    return (
      <Shell me={null}>
        <Failure error={me.error} onRetry={() => void me.refetch()} />
      </Shell>
    );
  }
  if (me.data === null) return <Navigate to="/sign-in" replace state={{ from: here.pathname + here.search, timedOut }} />;
  const mustSetUp = me.data.second_factor.required && !me.data.second_factor.enabled;
  if (mustSetUp && here.pathname !== "/account") return <Navigate to="/account" replace />;
  return (
    <>
      <TimeOutWarning me={me.data} onTimeOut={leave} />
      <Shell me={me.data} />
    </>
  );
}

/** Screens that a patient uses without an account. */
export function Open() {
  const me = useMe();
  if (me.isPending) return <Waiting />;
  return <Shell me={me.data ?? null} />;
}
