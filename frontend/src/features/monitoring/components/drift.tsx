import { Group, Text } from "@mantine/core";
import { IconArrowsMove, IconEqual } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { formatNumber, formatTime } from "@/lib/format";

import type { Overview } from "../api/get-overview";
import { NumberTable } from "./number-table";
import { Panel } from "./panel";

/** Whether scores or inputs have moved, by the newest comparison. */
export function Drift({ drift }: { drift: Overview["drift"] }) {
  const { t } = useTranslation("monitoring");
  const first = drift[0];
  if (first === undefined) return <Panel title={t("drift.title")}><Text size="sm">{t("drift.none")}</Text></Panel>;
  return (
    <Panel title={t("drift.title")} note={t("drift.note", { time: formatTime(first.at) })}>
      <NumberTable caption={t("drift.caption")} rows={drift} keyOf={(row) => `${row.group} ${row.measure}`}
        columns={[
          { name: t("drift.what"), of: (row) => `${t(`drift.${row.measure}`, { defaultValue: row.measure })}: ${row.group}` },
          {
            name: t("drift.verdict"),
            of: (row) => {
              const Sign = row.moved ? IconArrowsMove : IconEqual;
              return (
                <Group gap={4} wrap="nowrap">
                  <Sign size={16} aria-hidden="true" />
                  {t(row.moved ? "drift.moved" : "drift.stable")}
                </Group>
              );
            },
          },
          { name: t("drift.psi"), of: (row) => formatNumber(row.psi, 3) },
          { name: t("drift.p"), of: (row) => (row.p_value < 0.001 ? "< 0.001" : formatNumber(row.p_value, 3)) },
          { name: t("drift.counts"), of: (row) => `${formatNumber(row.recent_count)} / ${formatNumber(row.reference_count)}` },
        ]} />
    </Panel>
  );
}
