import { queryOptions } from "@tanstack/react-query";

import { API } from "@/config/site";
import { ask } from "@/lib/api-client";
import type { components } from "@/types/api";

type Schemas = components["schemas"];

export const SCOPES = [
  "read", "upload", "stow", "chat", "worklist", "review", "monitor", "audit", "admin",
] as const satisfies readonly Schemas["ScopesEnum"][];
export const LONGEST_DAYS = 365;
export const USUAL_DAYS = 90;

export type Token = Schemas["Token"];
export type NewToken = Required<Schemas["NewTokenRequest"]>;
type MadeToken = Schemas["MadeToken"];

const ADDRESS = `${API}/accounts/tokens/`;

export const tokensOptions = queryOptions({
  queryKey: ["account", "tokens"],
  queryFn: async () => (await ask<Schemas["TokenPage"]>(ADDRESS)).results,
});

/** Make a token; its text is in this answer and nowhere else. */
export async function makeToken(wanted: NewToken): Promise<MadeToken> {
  return ask<MadeToken>(ADDRESS, { method: "POST", body: wanted });
}

export async function revokeToken(id: number): Promise<void> {
  await ask(`${ADDRESS}${id}/`, { method: "DELETE" });
}
