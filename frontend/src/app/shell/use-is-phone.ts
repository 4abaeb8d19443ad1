import { useMatches } from "@mantine/core";

/** Whether the screen is as narrow as a phone's. */
export function useIsPhone(): boolean {
  return useMatches({ base: true, xs: false }, { getInitialValueInEffect: false });
}
