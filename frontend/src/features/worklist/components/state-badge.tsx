import { Badge } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconClock,
  IconDownload,
  IconHistory,
  IconReportAnalytics,
  IconSend,
  type Icon,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

const ICONS: Record<string, Icon> = {
  RECEIVING: IconDownload,
  COMPLETE: IconClock,
  ANALYSED: IconReportAnalytics,
  SENT: IconSend,
  DELIVERED: IconCircleCheck,
  FAILED: IconAlertTriangle,
  PRIOR: IconHistory,
};

/** A state in words and with a sign of its own; the colour only adds to them. */
export function StateBadge({ state }: { state: string }) {
  const { t } = useTranslation("worklist");
  const Sign = ICONS[state] ?? IconClock;
  return (
    <Badge variant="default" tt="none" miw="max-content" leftSection={<Sign size={14} aria-hidden="true" />}>
      {t(`states.${state}`, state)}
    </Badge>
  );
}
