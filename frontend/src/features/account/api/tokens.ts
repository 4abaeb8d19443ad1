import { queryOptions } from "@tanstack/react-query";

import { API } from "@/config/site";
import { ask } from "@/lib/api-client";

export const SCOPES = ["read", "upload", "stow", "chat", "worklist", "review", "monitor", "audit", "admin"] as const;
export const LONGEST_DAYS = 365;
export const USUAL_DAYS = 90;

export interface Token {
  id: number;
  name: string;
  scopes: string[];
  lasting: boolean;
  created_at: string;
  expires_at: string;
}

export interface NewToken {
  name: string;
  scopes: string[];
  lasting: boolean;
  days: number;
}

const ADDRESS = `${API}/accounts/tokens/`;

export const tokensOptions = queryOptions({
  queryKey: ["account", "tokens"],
  queryFn: async () => (await ask<{ results: Token[] }>(ADDRESS)).results,
});

/** Make a token; its text is in this answer and nowhere else. */
export async function makeToken(wanted: NewToken): Promise<Token & { token: string }> {
  return ask(ADDRESS, { method: "POST", body: wanted });
}

export async function revokeToken(id: number): Promise<void> {
  await ask(`${ADDRESS}${id}/`, { method: "DELETE" });
}
