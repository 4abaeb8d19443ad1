import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { ask } from "@/lib/api-client";

import { studyAddress } from "./get-study";
import type { NewOutcome, NewReview, Outcomes, Reviews } from "./types";

export function reviewsOptions(uid: string) {
  return queryOptions({
    queryKey: ["study", uid, "reviews"],
    queryFn: () => ask<Reviews>(`${studyAddress(uid)}reviews/`),
  });
}

export function outcomesOptions(uid: string) {
  return queryOptions({
    queryKey: ["study", uid, "outcomes"],
    queryFn: () => ask<Outcomes>(`${studyAddress(uid)}outcomes/`),
  });
}

/**
 * Everything of the study is asked for again afterwards: a first impression may have unveiled the AI's results, and a
 * refusal means that the study has moved on.
 */
function useAdding<Body>(uid: string, resource: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body) => ask<unknown>(`${studyAddress(uid)}${resource}/`, { method: "POST", body }),
    onSettled: () => client.invalidateQueries({ queryKey: ["study", uid] }),
  });
}

export function useAddReview(uid: string) {
  return useAdding<NewReview>(uid, "reviews");
}

export function useAddOutcome(uid: string) {
  return useAdding<NewOutcome>(uid, "outcomes");
}
