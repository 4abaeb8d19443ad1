import { queryOptions } from "@tanstack/react-query";

import { API } from "@/config/site";
import { ask } from "@/lib/api-client";

import type { Study } from "./types";

export function studyAddress(uid: string): string {
  return `${API}/studies/${encodeURIComponent(uid)}/`;
}

/** A study that is still on its way is asked for again, in the background. */
const POLL_MS = 5_000;
const MOVING = new Set(["RECEIVING", "COMPLETE", "ANALYSED"]);

export function studyOptions(uid: string) {
  return queryOptions({
    queryKey: ["study", uid],
    queryFn: ({ client }) =>
      ask<Study>(studyAddress(uid), { background: client.getQueryData(["study", uid]) !== undefined }),
    refetchInterval: ({ state }) => (MOVING.has(state.data?.state ?? "") ? POLL_MS : false),
  });
}
