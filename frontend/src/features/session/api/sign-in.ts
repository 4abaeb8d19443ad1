import type { QueryClient } from "@tanstack/react-query";

import { ACCOUNTS } from "@/config/site";
import { sentencesOf, type AccountAnswer } from "@/lib/account-answer";
import { ask, jsonOf, send } from "@/lib/api-client";
import { ApiError } from "@/lib/api-error";
import { forgetKept } from "@/lib/etag-reader";

export type Step = "done" | "second-factor";

/** Send one step of a sign-in. 401 is how the node says that a further step waits. */
export async function signInStep(path: string, body: Record<string, string>): Promise<Step> {
  const response = await send(`${ACCOUNTS}${path}`, { method: "POST", body });
  const answer = await jsonOf(response);
  if (response.ok) return "done";
  const flows = (answer as AccountAnswer | null)?.data?.flows ?? [];
  const pending = flows.some((flow) => flow.id === "mfa_authenticate" && flow.is_pending === true);
  if (response.status === 401 && pending) return "second-factor";
  throw new ApiError(response.status, sentencesOf(answer), answer);
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
