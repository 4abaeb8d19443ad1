import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { API, WORKLIST_POLL_MS } from "@/config/site";
import { readUnlessUnchanged } from "@/lib/etag-reader";

export const STATES = ["RECEIVING", "COMPLETE", "ANALYSED", "SENT", "DELIVERED", "FAILED"] as const;
export const ORDERINGS = ["arrival", "-arrival", "priority", "failures", "state", "accession"] as const;

export interface StudyRow {
  study_instance_uid: string;
  state: string;
  patient_id: string;
  patient_name: string;
  accession_number: string;
  site: { id: number; name: string } | null;
  study_date: string | null;
  created_at: string;
  images: number;
  analysed_images: number;
  probability: number | null;
  prediction: string | null;
  operating_point_reached: boolean | null;
  /** Withheld until the reader's first impression. */
  ai_hidden?: boolean;
  failure: { stage: string; reason: string } | null;
  review: { state: "none" | "first" | "second" | "differs" | "final"; readers: string[] };
}

export interface StudyPage {
  count: number;
  results: StudyRow[];
}

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
