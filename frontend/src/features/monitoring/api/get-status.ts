import { useQuery } from "@tanstack/react-query";

import { API, STATUS_POLL_MS } from "@/config/site";
import { ask } from "@/lib/api-client";
import type { components } from "@/types/api";

type AiStatus = components["schemas"]["AiStatus"];

/** Whether the AI runs. */
export function useAiStatus() {
  return useQuery({
    queryKey: ["ai-status"],
    queryFn: () => ask<AiStatus>(`${API}/monitoring/status/`, { background: true }),
    refetchInterval: STATUS_POLL_MS,
  });
}
