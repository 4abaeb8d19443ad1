import { Group, Text } from "@mantine/core";
import { IconAlertOctagon, IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { formatTime } from "@/lib/format";

import type { Overview } from "../api/get-overview";
import { NumberTable } from "./number-table";
import { Panel } from "./panel";

/** What the rules found wrong and is not over, the worst first. */
export function Alerts({ alerts }: { alerts: Overview["alerts"] }) {
  const { t } = useTranslation("monitoring");
  if (alerts.length === 0) {
    return (
      <Panel title={t("alerts.title")}>
        <Group gap="xs">
          <IconCircleCheck size={18} aria-hidden="true" />
          <Text size="sm">{t("alerts.none")}</Text>
        </Group>
      </Panel>
    );
  }
  return (
    <Panel title={t("alerts.title")}>
      <NumberTable caption={t("alerts.caption")} rows={alerts} keyOf={(row) => `${row.rule} ${row.subject}`}
        columns={[
          { name: t("alerts.text"), of: (row) => row.text },
          {
            name: t("alerts.severity"),
            of: (row) => {
              const Sign = row.severity === "CRITICAL" ? IconAlertOctagon : IconAlertTriangle;
              return (
                <Group gap={4} wrap="nowrap">
                  <Sign size={16} aria-hidden="true" />
                  {t(`alerts.${row.severity}`)}
                </Group>
              );
            },
          },
          { name: t("alerts.since"), of: (row) => formatTime(row.raised_at) },
          {
            name: t("alerts.acknowledged"),
            of: (row) => (row.acknowledged_at === null ? t("alerts.no") : formatTime(row.acknowledged_at)),
          },
        ]} />
    </Panel>
  );
}
