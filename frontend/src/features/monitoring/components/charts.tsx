import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { formatDay, formatNumber, formatPercent } from "@/lib/format";
import { currentLanguage } from "@/lib/i18n";

import type { Overview } from "../api/get-overview";
import { duration } from "../logic/durations";
import { ChartFrame } from "./chart-frame";
import { NumbersBehind } from "./number-table";
import { Panel } from "./panel";
import type { Series } from "./series";

function shortDay(iso: string): string {
  return new Intl.DateTimeFormat(currentLanguage(), { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(iso));
}

const count = (value: number) => formatNumber(value);

interface VolumesProps {
  days: Overview["volumes"];
  title: string;
  note?: string;
  series: readonly Series[];
  below?: ReactNode;
}

/** Counts by day. */
export function Volumes({ days, title, note, series, below }: VolumesProps) {
  const { t } = useTranslation("monitoring");
  const rows = days.map((each) => ({ ...each, name: shortDay(each.day) }));
  const sums: Record<string, number> = {};
  for (const { name } of series) sums[name] = days.reduce((sum, day) => sum + Number(day[name as keyof typeof day]), 0);
  return (
    <Panel title={title} note={note}>
      <Text size="sm">{series.map(({ name, label }) => t("volumes.sum", { label, sum: count(sums[name] ?? 0) })).join(" · ")}</Text>
      <ChartFrame label={title} rows={rows} nameOf="name" series={series} stacked format={count} />
      <NumbersBehind caption={title} rows={[...days].reverse()} keyOf={(row) => row.day}
        columns={[
          { name: t("volumes.day"), of: (row) => formatDay(row.day) },
          ...series.map(({ name, label }) => ({
            name: label,
            of: (row: Overview["volumes"][number]) => count(Number(row[name as keyof typeof row])),
          })),
        ]} />
      {below}
    </Panel>
  );
}

/** Why images were not analysed. */
export function Reasons({ reasons }: { reasons: Overview["reasons"] }) {
  const { t } = useTranslation("monitoring");
  if (reasons.length === 0) return null;
  return (
    <NumbersBehind caption={t("reasons.title")} rows={reasons} keyOf={(row) => row.reason} label={t("reasons.title")}
      columns={[
        { name: t("reasons.reason"), of: (row) => (row.reason === "" ? t("reasons.unknown") : row.reason) },
        { name: t("reasons.images"), of: (row) => count(row.images) },
      ]} />
  );
}

/** How long each stage takes. */
export function Latency({ stages }: { stages: Overview["stages"] }) {
  const { t } = useTranslation("monitoring");
  if (stages.length === 0) return <Panel title={t("latency.title")}><Text size="sm">{t("latency.none")}</Text></Panel>;
  const nameOf = (stage: string) => t(`stages.${stage}`, { defaultValue: stage });
  const rows = stages.map((row) => ({
    name: nameOf(row.stage),
    // a scale of tens has no place for 0
    p50_ms: Math.max(1, row.p50_ms),
    p95_ms: Math.max(1, row.p95_ms),
    p99_ms: Math.max(1, row.p99_ms),
  }));
  return (
    <Panel title={t("latency.title")} note={t("latency.note")}>
      <ChartFrame label={t("latency.title")} rows={rows} nameOf="name" lying tall format={duration}
        series={[
          { name: "p50_ms", label: t("latency.p50"), look: "solid" },
          { name: "p95_ms", label: t("latency.p95"), look: "striped" },
          { name: "p99_ms", label: t("latency.p99"), look: "dotted" },
        ]} />
      <NumbersBehind caption={t("latency.title")} rows={stages} keyOf={(row) => row.stage}
        columns={[
          { name: t("latency.stage"), of: (row) => nameOf(row.stage) },
          { name: t("latency.count"), of: (row) => count(row.count) },
          { name: t("latency.p50"), of: (row) => duration(row.p50_ms) },
          { name: t("latency.p95"), of: (row) => duration(row.p95_ms) },
          { name: t("latency.p99"), of: (row) => duration(row.p99_ms) },
        ]} />
    </Panel>
  );
}

/** How the calibrated probabilities of studies are spread. */
export function Scores({ scores }: { scores: Overview["scores"] }) {
  const { t } = useTranslation("monitoring");
  const total = scores.reduce((sum, row) => sum + row.studies, 0);
  if (total === 0) return <Panel title={t("scores.title")}><Text size="sm">{t("scores.none")}</Text></Panel>;
  const nameOf = (row: Overview["scores"][number]) => `${formatNumber(row.low * 100)}–${formatPercent(row.high)}`;
  const rows = scores.map((row) => ({
    name: nameOf(row),
    malignant: row.called_malignant,
    benign: row.studies - row.called_malignant,
  }));
  return (
    <Panel title={t("scores.title")} note={t("scores.note", { count: total })}>
      <ChartFrame label={t("scores.title")} rows={rows} nameOf="name" stacked format={count}
        series={[
          { name: "benign", label: t("scores.benign"), look: "solid" },
          { name: "malignant", label: t("scores.malignant"), look: "striped" },
        ]} />
      <NumbersBehind caption={t("scores.title")} rows={scores} keyOf={(row) => String(row.low)}
        columns={[
          { name: t("scores.probability"), of: nameOf },
          { name: t("scores.studies"), of: (row) => count(row.studies) },
          { name: t("scores.malignant"), of: (row) => count(row.called_malignant) },
          { name: t("scores.share"), of: (row) => formatPercent(row.studies / total, 1) },
        ]} />
    </Panel>
  );
}
