import "@mantine/charts/styles.css";

import { BarChart } from "@mantine/charts";

import { PATTERNS, type Series } from "./series";

export interface BarsProps {
  rows: Record<string, number | string>[];
  /** The column that names a row. */
  nameOf: string;
  series: readonly Series[];
  stacked?: boolean;
  /** Lying bars on a scale of tens: for values from milliseconds to hours. */
  lying?: boolean;
  format: (value: number) => string;
}

const FIRST_TEN_MS = 1;

function tensUpTo(most: number): number[] {
  const tens = [FIRST_TEN_MS];
  while ((tens.at(-1) ?? most) < most) tens.push((tens.at(-1) ?? 1) * 10);
  return tens;
}

/** Bars by day, by score, or by stage. */
export default function Bars({ rows, nameOf, series, stacked = false, lying = false, format }: BarsProps) {
  const most = Math.max(FIRST_TEN_MS, ...rows.flatMap((row) => series.map(({ name }) => Number(row[name]))));
  const ticks = tensUpTo(most);
  const scale = lying
    ? { scale: "log" as const, domain: [FIRST_TEN_MS, ticks.at(-1) ?? 10], ticks, allowDataOverflow: true, tickFormatter: format }
    : {};
  return (
    <BarChart
      h="100%"
      data={rows}
      dataKey={nameOf}
      type={stacked ? "stacked" : "default"}
      orientation={lying ? "vertical" : "horizontal"}
      series={series.map(({ name, label, look }) => ({ name, label, color: PATTERNS[look].background }))}
      barProps={({ name }) => ({
        fill: PATTERNS[series.find((each) => each.name === name)?.look ?? "solid"].fill,
        fillOpacity: 1,
        isAnimationActive: false,
      })}
      barChartProps={{ accessibilityLayer: false }}
      xAxisProps={lying ? scale : { minTickGap: 24 }}
      yAxisProps={lying ? { width: 96 } : { allowDecimals: false }}
      gridAxis={lying ? "x" : "y"}
      valueFormatter={format}
      tooltipAnimationDuration={0}
    />
  );
}
