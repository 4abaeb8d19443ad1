import { useMutation, useQueryClient } from "@tanstack/react-query";

import { ask } from "@/lib/api-client";

import { studyAddress } from "./get-study";

export type StaffAction = "complete" | "retry" | "resend";
export const STAFF_ACTIONS: readonly StaffAction[] = ["complete", "retry", "resend"];

export function useStaffAction(uid: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: StaffAction) => ask<unknown>(`${studyAddress(uid)}${action}/`, { method: "POST" }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["study", uid] }),
  });
}
