import { Center, Loader, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { SLOW_AFTER_MS } from "@/config/site";

/** Says that something is fetched, and after a while that the node is slow. */
export function Waiting({ label }: { label?: string }) {
  const { t } = useTranslation();
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSlow(true);
    }, SLOW_AFTER_MS);
    return () => {
      clearTimeout(timer);
    };
  }, []);
  return (
    <Center mih={160} role="status" aria-live="polite">
      <Stack align="center" gap="xs">
        <Loader aria-hidden="true" />
        <Text>{slow ? t("slow") : (label ?? t("loading"))}</Text>
      </Stack>
    </Center>
  );
}
