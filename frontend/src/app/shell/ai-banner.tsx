import { Alert } from "@mantine/core";
import { IconPlayerPause } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { useAiStatus } from "@/features/monitoring/api/get-status";

/** Stands above every screen while the AI is paused. */
export function AiBanner() {
  const { t } = useTranslation();
  const { data } = useAiStatus();
  if (data?.ai !== "paused") return null;
  return (
    <Alert role="status" color="yellow" variant="outline" mb="md" title={t("aiPaused")}
      icon={<IconPlayerPause aria-hidden="true" />}>
      {data.banner}
    </Alert>
  );
}
