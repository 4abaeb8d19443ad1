import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { API } from "@/config/site";
import { ask } from "@/lib/api-client";
import type { components } from "@/types/api";

export type AuditEvent = components["schemas"]["AuditEvent"];
type AuditPage = components["schemas"]["AuditPage"];
export type Verdict = components["schemas"]["Verification"];

export const EVENTS = [
  "accessed", "query", "record", "import", "export", "transferred", "study-deleted", "login", "logout", "configuration",
  "security-alert", "audit-used", "application",
] as const;
export const OUTCOMES = ["success", "refused", "failed"] as const;

export interface Wanted {
  search: string;
  event: string;
  outcome: string;
  page: number;
}

export const PAGE_SIZE = 50;

function queryOf(wanted: Omit<Wanted, "page">): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of ["search", "event", "outcome"] as const) if (wanted[name] !== "") query.set(name, wanted[name]);
  return query;
}

/** Where everything that the filters find comes as one file. */
export function fileAddress(wanted: Wanted, form: "csv" | "jsonl" | "fhir"): string {
  const query = queryOf(wanted);
  query.set("export", form);
  return `${API}/audit/events/?${query.toString()}`;
}

/** One page of the trail. It is read when somebody asks: each reading leaves an event of its own. */
export function useEvents(wanted: Wanted) {
  const query = queryOf(wanted);
  query.set("limit", String(PAGE_SIZE));
  query.set("offset", String((wanted.page - 1) * PAGE_SIZE));
  const address = `${API}/audit/events/?${query.toString()}`;
  return useQuery({
    queryKey: ["audit", address],
    queryFn: ({ signal }) => ask<AuditPage>(address, { signal }),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });
}

/** Whether the newest stretch of the chain holds; asked by a button. */
export function verifyTrail(): Promise<Verdict> {
  return ask<Verdict>(`${API}/audit/verification/`);
}
