import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { ask } from "@/lib/api-client";

import { studyAddress } from "./get-study";
import { listOf } from "./list-of";
import type { NewOutcome, NewReview, Outcome, Review } from "./types";

export function reviewsOptions(uid: string) {
  return queryOptions({
    queryKey: ["study", uid, "reviews"],
    queryFn: async () => listOf(await ask<Review[] | { results: Review[] }>(`${studyAddress(uid)}reviews/`)),
  });
}

export function outcomesOptions(uid: string) {
  return queryOptions({
    queryKey: ["study", uid, "outcomes"],
    queryFn: async () =>
      listOf(await ask<Outcome[] | { results: Outcome[] }>(`${studyAddress(uid)}outcomes/`)),
  });
}

/** Everything of the study is asked for again afterwards: a first impression may have unveiled the AI's results. */
function useAdding<Body>(uid: string, resource: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body) => ask<unknown>(`${studyAddress(uid)}${resource}/`, { method: "POST", body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["study", uid] }),
  });
}

export function useAddReview(uid: string) {
  return useAdding<NewReview>(uid, "reviews");
}

export function useAddOutcome(uid: string) {
  return useAdding<NewOutcome>(uid, "outcomes");
}
