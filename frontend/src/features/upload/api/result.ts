import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";

import { API } from "@/config/site";
import { ask } from "@/lib/api-client";
import type { components } from "@/types/api";

export type Result = components["schemas"]["Diagnosis"];
type Page = components["schemas"]["PaginatedDiagnosisList"];

export const UPLOADS = `${API}/diagnosis/`;
export const HISTORY_KEY = ["uploads"] as const;
export const PAGE_SIZE = 20;

export interface Narrowing {
  prediction: string;
  format: string;
  from: string;
  to: string;
  page: number;
}

export const EVERYTHING: Narrowing = { prediction: "", format: "", from: "", to: "", page: 1 };

function midnight(day: string, plusDays = 0): string {
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + plusDays);
  return at.toISOString();
}

/** The node refuses a filter without a value: only what is set is asked for. */
function queryOf({ prediction, format, from, to, page }: Narrowing): string {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE), offset: String((page - 1) * PAGE_SIZE) });
  if (prediction !== "") query.set("prediction", prediction);
  if (format !== "") query.set("image_format", format);
  if (from !== "") query.set("created_after", midnight(from));
  if (to !== "") query.set("created_before", midnight(to, 1));
  return query.toString();
}

export function useHistory(narrowing: Narrowing) {
  return useQuery({
    queryKey: [...HISTORY_KEY, "list", narrowing],
    queryFn: ({ signal }) => ask<Page>(`${UPLOADS}?${queryOf(narrowing)}`, { signal }),
    placeholderData: keepPreviousData,
  });
}

export const resultOptions = (id: number) =>
  queryOptions({
    queryKey: [...HISTORY_KEY, "one", id],
    queryFn: ({ signal }) => ask<Result>(`${UPLOADS}${id}/`, { signal }),
  });

/** The address on this host: behind a proxy the node may name itself otherwise. */
export function pathOf(address: string): string {
  const { pathname, search } = new URL(address, location.origin);
  return pathname + search;
}
