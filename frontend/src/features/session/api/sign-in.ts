import type { QueryClient } from "@tanstack/react-query";

import { ACCOUNTS } from "@/config/site";
import { sentencesOf, type AccountAnswer } from "@/lib/account-answer";
import { ask, jsonOf, send } from "@/lib/api-client";
import { ApiError } from "@/lib/api-error";
import { forgetKept } from "@/lib/etag-reader";
import { knowsPasskeys, signWithPasskey } from "@/lib/passkeys";

/** What follows a step: nothing, or a second factor, by one of these ways. */
export type Step = "done" | { ways: readonly ("code" | "passkey")[] };

/** Send one step of a sign-in. 401 is how the node says that a further step waits. */
export async function signInStep(path: string, body: Record<string, unknown>): Promise<Step> {
  const response = await send(`${ACCOUNTS}${path}`, { method: "POST", body });
  const answer = await jsonOf(response);
  if (response.ok) return "done";
  const flows = (answer as AccountAnswer | null)?.data?.flows ?? [];
  const pending = flows.find((flow) => flow.id === "mfa_authenticate" && flow.is_pending === true);
  if (response.status === 401 && pending !== undefined) return { ways: waysOf(pending.types ?? ["totp"]) };
  throw new ApiError(response.status, sentencesOf(answer), answer);
}

function waysOf(types: readonly string[]): ("code" | "passkey")[] {
  const ways: ("code" | "passkey")[] = [];
  if (types.includes("webauthn") && knowsPasskeys()) ways.push("passkey");
  if (ways.length === 0 || types.includes("totp") || types.includes("recovery_codes")) ways.push("code");
  return ways;
}

const PASSKEY = "/auth/webauthn/authenticate";

/** The second factor by a passkey. Fails with DOMException where a person declines. */
export async function passkeyStep(): Promise<Step> {
  const { data } = await ask<{ data: { request_options: { publicKey: PublicKeyCredentialRequestOptionsJSON } } }>(
    `${ACCOUNTS}${PASSKEY}`,
  );
  return signInStep(PASSKEY, { credential: await signWithPasskey(data.request_options.publicKey) });
}

export interface Offers {
  providers: { id: string; name: string }[];
}

/** Which other sign-ins the node offers; allauth's answer, which is not in the node's schema. */
export async function getOffers(): Promise<Offers> {
  const { data } = await ask<{ data: { socialaccount?: { providers?: Offers["providers"] } } }>(`${ACCOUNTS}/config`);
  return { providers: data.socialaccount?.providers ?? [] };
}

/** End the session, and forget what was read in it. */
export async function signOut(client: QueryClient): Promise<void> {
  const response = await send(`${ACCOUNTS}/auth/session`, { method: "DELETE" });
  // 401 is allauth's way to say that nobody is signed in any more
  if (!response.ok && response.status !== 401) throw new ApiError(response.status, "", null);
  forgetSession(client);
}

export function forgetSession(client: QueryClient): void {
  forgetKept();
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== "me" });
  client.setQueryData(["me"], null);
}
