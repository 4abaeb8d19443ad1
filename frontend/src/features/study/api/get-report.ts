import { queryOptions } from "@tanstack/react-query";

import { ask } from "@/lib/api-client";

import type { ReportContent } from "./types";

/** Reports are never changed: a later one is a new object. */
export function reportOptions(address: string) {
  return queryOptions({
    queryKey: ["report", address],
    queryFn: () => ask<ReportContent>(address),
    staleTime: Infinity,
  });
}
