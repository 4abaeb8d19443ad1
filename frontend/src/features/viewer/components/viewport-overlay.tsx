import { useTranslation } from "react-i18next";

import type { PointerTools } from "../hooks/use-pointer-tools";
import { toScreen, type Placement } from "../logic/geometry";
import { svgPoints } from "../logic/shapes";
import { lengthMm, type PixelSpacing, type Point } from "../logic/spacing";
import type { Measurement } from "../logic/view-state";
import type { DrawnMark, ImageFindings } from "../types";

import classes from "./viewer.module.css";

interface Props {
  label: string;
  placed: Placement;
  columns: number;
  rows: number;
  spacing: PixelSpacing;
  preview: string | undefined;
  findings: ImageFindings | undefined;
  showMarks: boolean;
  showHeatMap: boolean;
  drawn: readonly DrawnMark[];
  measurements: readonly Measurement[];
  tools: PointerTools;
}

/** Everything over the pixels, in coordinates of the stored image. */
export function ViewportOverlay(props: Props) {
  const { placed, columns, rows, findings, tools } = props;
  const { scaleX, scaleY, shiftX, shiftY } = placed;
  const matrix = `matrix(${[scaleX, 0, 0, scaleY, shiftX, shiftY].map(String).join(" ")})`;
  const onto = { x: 0, y: 0, width: columns, height: rows, preserveAspectRatio: "none" };
  return (
    <svg
      className={classes.overlay}
      role="img"
      aria-label={props.label}
      onContextMenu={(event) => {
        event.preventDefault();
      }}
      {...tools.handlers}
    >
      <g transform={matrix} data-testid="plane">
        {props.preview !== undefined && (
          <image href={props.preview} {...onto} data-testid="preview" />
        )}
        {props.showHeatMap && findings?.heatMapUrl !== undefined && (
          <image href={findings.heatMapUrl} {...onto} opacity={0.6} data-testid="heat-map" />
        )}
        {props.showMarks &&
          findings?.marks.map((mark, index) => (
            <polygon
              key={index}
              className={classes.mark}
              points={svgPoints(mark.polygon)}
              data-testid="mark"
            />
          ))}
        {props.drawn.map((mark, index) => (
          <polygon
            key={index}
            className={classes.drawn}
            points={svgPoints(mark.polygon)}
            data-testid="drawn"
          />
        ))}
        {tools.sketch.length > 1 && <polyline className={classes.drawn} points={svgPoints(tools.sketch)} />}
        {props.measurements.map(({ from, to }, index) => (
          <line key={index} className={classes.measure} x1={from[0]} y1={from[1]} x2={to[0]} y2={to[1]} />
        ))}
      </g>
      {props.showMarks &&
        findings?.marks.map((mark, index) => (
          <MarkNumber key={index} number={index + 1} at={toScreen(placed, mark.polygon[0] ?? [0, 0])} />
        ))}
      {props.measurements.map((measurement, index) => (
        <Length key={index} {...measurement} placed={placed} spacing={props.spacing} />
      ))}
    </svg>
  );
}

function MarkNumber({ number, at }: { number: number; at: Point }) {
  return (
    <text x={at[0] + 4} y={at[1] - 4} fill="#ffd43b" fontSize={14} fontWeight={700}>
      {number}
    </text>
  );
}

function Length({ from, to, placed, spacing }: Measurement & { placed: Placement; spacing: PixelSpacing }) {
  const { t, i18n } = useTranslation("viewer");
  const [x, y] = toScreen(placed, to);
  const length = lengthMm(spacing, from, to);
  const pixels = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const format = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
  const value = length === undefined ? `${format.format(pixels)} px` : `${format.format(length)} mm`;
  return (
    <text x={x + 8} y={y - 8} fill="#b2f2bb" fontSize={14} fontWeight={600} data-testid="length">
      {value} {t(`spacing.short.${spacing.caveat}`)}
    </text>
  );
}
