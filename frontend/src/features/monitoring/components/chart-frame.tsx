import { Center, Group, Loader, Text } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";

import type { BarsProps } from "./bars";
import classes from "./monitoring.module.css";
import { PATTERNS, type Series } from "./series";

// the library of charts comes after the screen, not with it
const Bars = lazy(() => import("./bars"));

function Swatch({ series }: { series: Series }) {
  return (
    <Group gap={6} wrap="nowrap">
      <svg width="16" height="16" aria-hidden="true">
        <rect width="16" height="16" rx="2" fill={PATTERNS[series.look].fill} stroke="currentColor" strokeWidth="0.5" />
      </svg>
      <Text size="sm">{series.label}</Text>
    </Group>
  );
}

/** A chart with its legend: told apart by pattern and word, not by colour alone. Its numbers stand in a table below. */
export function ChartFrame({ label, tall = false, ...bars }: BarsProps & { label: string; tall?: boolean }) {
  const { t } = useTranslation("monitoring");
  return (
    <div>
      <Group gap="md" mb="xs" aria-hidden="true">
        {bars.series.map((each) => (
          <Swatch key={each.name} series={each} />
        ))}
      </Group>
      <div role="img" aria-label={t("chartLabel", { label })} className={tall ? classes.tall : classes.chart}>
        <Suspense fallback={<Center h="100%"><Loader size="sm" aria-hidden="true" /></Center>}>
          <Bars {...bars} />
        </Suspense>
      </div>
    </div>
  );
}
