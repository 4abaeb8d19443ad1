import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatNumber, formatPercent } from "@/lib/format";

import type { LiveFigures, Overview, Proportion } from "../api/get-overview";
import classes from "./monitoring.module.css";
import { NumbersBehind, NumberTable } from "./number-table";
import { Panel } from "./panel";

const MEASURES = ["agreement", "recall_rate", "sensitivity", "specificity", "positive_predictive_value"] as const;

/** A share as a point on a line from 0 to 100 %, with its interval. */
function Interval({ of: { value, interval } }: { of: Proportion }) {
  if (value === null) return null;
  const [low = 0, high = 1] = interval;
  return (
    <svg className={classes.interval} viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
      <line x1="0" x2="100" y1="7" y2="7" stroke="currentColor" strokeOpacity="0.25" vectorEffect="non-scaling-stroke" />
      <line x1={low * 100} x2={high * 100} y1="7" y2="7" stroke="var(--mantine-color-teal-7)" strokeWidth="6" vectorEffect="non-scaling-stroke" />
      <line x1={value * 100} x2={value * 100} y1="0" y2="14" stroke="currentColor" strokeWidth="2" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

function useWords() {
  const { t } = useTranslation("monitoring");
  return ({ value, interval, hits, total }: Proportion) => {
    if (value === null) return t("performance.notMeasured");
    const [low = 0, high = 1] = interval;
    return t("performance.share", {
      value: formatPercent(value, 1), low: formatPercent(low, 1), high: formatPercent(high, 1), hits, total,
    });
  };
}

/** How well the model does: by the outcomes that were entered, by what readers say, and by its evaluation. */
export function Performance({ live, readers, evaluation }: Pick<Overview, "live" | "readers" | "evaluation">) {
  const { t } = useTranslation("monitoring");
  const words = useWords();
  const all = live[0];
  const measured = all !== undefined && all.studies > 0;
  const rows = [
    ...(measured ? MEASURES.map((name) => ({ name: t(`performance.${name}`), of: all[name] })) : []),
    { name: t("performance.readers"), of: readers },
  ];
  return (
    <Panel title={t("performance.title")}
      note={measured ? t("performance.note", { count: all.studies }) : t("performance.none")}>
      <NumberTable caption={t("performance.caption")} rows={rows} keyOf={(row) => row.name}
        columns={[
          { name: t("performance.measure"), of: (row) => row.name },
          { name: t("performance.value"), of: (row) => words(row.of) },
          { name: t("performance.scale"), of: (row) => <Interval of={row.of} /> },
        ]} />
      {live.length > 1 && <Groups live={live} />}
      {evaluation.length === 0 ? (
        <Text size="sm">{t("performance.noEvaluation")}</Text>
      ) : (
        <NumbersBehind caption={t("performance.evaluation")} label={t("performance.evaluation")} rows={evaluation}
          keyOf={(row) => row.name}
          columns={[
            { name: t("performance.measure"), of: (row) => row.name },
            { name: t("performance.reported"), of: (row) => row.value },
          ]} />
      )}
    </Panel>
  );
}

function Groups({ live }: { live: readonly LiveFigures[] }) {
  const { t } = useTranslation("monitoring");
  const words = useWords();
  const nameOf = (group: string) => {
    const [kind = "", ...rest] = group.split(": ");
    return rest.length === 0 ? t("groups.all") : `${t(`groups.${kind}`, { defaultValue: kind })}: ${rest.join(": ")}`;
  };
  return (
    <NumbersBehind caption={t("performance.groups")} label={t("performance.groups")} rows={live} keyOf={(row) => row.group}
      columns={[
        { name: t("performance.group"), of: (row) => nameOf(row.group) },
        { name: t("performance.studies"), of: (row) => formatNumber(row.studies) },
        ...MEASURES.map((name) => ({ name: t(`performance.${name}`), of: (row: LiveFigures) => words(row[name]) })),
      ]} />
  );
}
