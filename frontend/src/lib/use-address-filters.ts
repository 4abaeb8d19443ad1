import { useSearchParams } from "react-router";

type Change = (changes: Record<string, string>) => void;

/** Filters that stand in the address: they can be kept, sent and gone back to. */
export function useAddressFilters(): [URLSearchParams, Change] {
  const [query, setQuery] = useSearchParams();
  const change: Change = (changes) => {
    setQuery((before) => {
      const next = new URLSearchParams(before);
      // another question begins at its first page
      next.delete("page");
      for (const [name, value] of Object.entries(changes)) {
        if (value === "") next.delete(name);
        else next.set(name, value);
      }
      return next;
    });
  };
  return [query, change];
}

/** The page that the address asks for: the first one where it says none. */
export function pageOf(query: URLSearchParams): number {
  return Math.max(1, Number(query.get("page")) || 1);
}
