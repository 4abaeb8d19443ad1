import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { API, WORKLIST_POLL_MS } from "@/config/site";
import { readUnlessUnchanged } from "@/lib/etag-reader";
import type { components } from "@/types/api";

export const STATES = ["RECEIVING", "COMPLETE", "ANALYSED", "SENT", "DELIVERED", "FAILED"] as const satisfies readonly components["schemas"]["StudyState"][];
export const ORDERINGS = ["arrival", "-arrival", "priority", "failures", "state", "accession"] as const;

export type StudyRow = components["schemas"]["WorklistRow"];
export type StudyPage = components["schemas"]["Worklist"];

export interface Wanted {
  state: string;
  site: string;
  search: string;
  ordering: string;
  page: number;
}

export const PAGE_SIZE = 50;

function addressOf(wanted: Wanted): string {
  const query = new URLSearchParams({ ordering: wanted.ordering, page: String(wanted.page), page_size: String(PAGE_SIZE) });
  for (const name of ["state", "site", "search"] as const) if (wanted[name] !== "") query.set(name, wanted[name]);
  return `${API}/studies/?${query.toString()}`;
}

/** One page of the worklist, asked again while the page is seen; an unchanged one costs a 304. */
export function useStudies(wanted: Wanted) {
  const address = addressOf(wanted);
  return useQuery({
    queryKey: ["studies", address],
    queryFn: ({ signal }) => readUnlessUnchanged<StudyPage>(address, true, signal),
    refetchInterval: WORKLIST_POLL_MS,
    placeholderData: keepPreviousData,
  });
}
