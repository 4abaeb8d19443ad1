import { QueryClient } from "@tanstack/react-query";

import { ApiError } from "./api-error";

/** A refusal is an answer: only what may pass by itself is tried again. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: "always",
        retry: (count, error) => count < 2 && !(error instanceof ApiError && error.status < 500),
        retryDelay: (count) => 500 * 2 ** count,
        staleTime: 2_000,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}
