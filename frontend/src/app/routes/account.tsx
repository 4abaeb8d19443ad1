import { Account } from "@/features/account/components/account";
import { useMe } from "@/features/session/api/get-me";

export default function AccountScreen() {
  const { data: me } = useMe();
  // the guard above lets nobody in who is not signed in
  if (!me) return null;
  return <Account me={me} />;
}
