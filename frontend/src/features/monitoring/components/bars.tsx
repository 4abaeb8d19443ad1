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

/** Marks of a scale of tens, at round times: 1 ms to 10 s, then minutes, hours and days. */
const MARKS_MS = [1, 10, 100, 1e3, 1e4, 6e4, 6e5, 3.6e6, 3.6e7, 3.456e8, 3.456e9];

function marksUpTo(most: number): number[] {
  const above = MARKS_MS.findIndex((mark) => mark >= most);
  return MARKS_MS.slice(0, above === -1 ? MARKS_MS.length : Math.max(2, above + 1));
}

/** Bars by day, by score, or by stage. */
export default function Bars({ rows, nameOf, series, stacked = false, lying = false, format }: BarsProps) {
  const most = Math.max(...rows.flatMap((row) => series.map(({ name }) => Number(row[name]))));
  const ticks = marksUpTo(most);
  const scale = { scale: "log", domain: [1, Math.max(most, ticks.at(-1) ?? 1)], ticks, allowDataOverflow: true, tickFormatter: format } as const;
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
        // an edge that shows on every ground
        stroke: "var(--mantine-color-text)",
        strokeWidth: 0.75,
        isAnimationActive: false,
      })}
      barChartProps={{ accessibilityLayer: false }}
      textColor="var(--mantine-color-text)"
      xAxisProps={lying ? { ...scale, domain: [...scale.domain], ticks: [...scale.ticks] } : { minTickGap: 24 }}
      yAxisProps={lying ? { width: 96 } : { allowDecimals: false }}
      gridAxis={lying ? "y" : "x"}
      valueFormatter={format}
      tooltipAnimationDuration={0}
    />
  );
}
