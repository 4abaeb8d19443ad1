import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { API, STATUS_POLL_MS } from "@/config/site";
import { ask } from "@/lib/api-client";
import type { components } from "@/types/api";

export type Overview = components["schemas"]["Overview"];
export type Proportion = components["schemas"]["Proportion"];
export type LiveFigures = components["schemas"]["LiveFigures"];

export const PERIODS = [7, 30, 90] as const;
export type Period = (typeof PERIODS)[number];

/** The node on one page, asked again every minute while the page is seen. */
export function useOverview(days: Period) {
  return useQuery({
    queryKey: ["overview", days],
    queryFn: ({ signal }) => ask<Overview>(`${API}/monitoring/overview/?days=${String(days)}`, { background: true, signal }),
    refetchInterval: STATUS_POLL_MS,
    placeholderData: keepPreviousData,
  });
}
