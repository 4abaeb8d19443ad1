import { queryOptions, useQuery, type QueryClient } from "@tanstack/react-query";

import { API } from "@/config/site";
import { ask } from "@/lib/api-client";
import { ApiError } from "@/lib/api-error";
import type { components } from "@/types/api";

export type Me = components["schemas"]["Me"];

const ADDRESS = `${API}/accounts/me/`;

async function getMe(background: boolean): Promise<Me | null> {
  try {
    return await ask<Me>(ADDRESS, { background });
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/** Who is signed in; null where nobody is. Asked in the background, so that asking does not keep a session alive. */
export const meOptions = queryOptions({ queryKey: ["me"], queryFn: () => getMe(true), staleTime: 10_000 });

export function useMe() {
  return useQuery(meOptions);
}

/** Tell the node that somebody is here, and read the new end of the session. */
export async function extendSession(client: QueryClient): Promise<void> {
  await ask(`${API}/accounts/extend/`, { method: "POST" });
  await client.fetchQuery({ ...meOptions, staleTime: 0 });
}
