import type { GreyLevels } from "./grey-levels";
import { WHITE } from "./grey-levels";
import type { Window } from "./voi";

/** Drag: right widens the window, down raises its middle, as at a workstation. */
export function dragWindow(window: Window, dx: number, dy: number): Window {
  const step = WHITE / 1024;
  const width = Math.max(window.upper - window.lower + dx * step, 1);
  const middle = (window.lower + window.upper) / 2 + dy * step;
  return { lower: middle - width / 2, upper: middle + width / 2 };
}

/** Centre and width in the values of the image where it has a straight scale; in per cent after a curve. */
export function describeWindow(
  window: Window,
  grey: GreyLevels,
): { center: number; width: number; percent: boolean } {
  const middle = (window.lower + window.upper) / 2 / WHITE;
  const width = (window.upper - window.lower) / WHITE;
  if (grey.scale === undefined) return { center: middle * 100, width: width * 100, percent: true };
  const span = grey.scale.upper - grey.scale.lower;
  const share = grey.inverse ? 1 - middle : middle;
  return { center: grey.scale.lower + share * span, width: width * span, percent: false };
}

/** The final 8-bit grey of a level. */
export function shown(level: number, window: Window, inverted = false): number {
  const share = Math.min(Math.max((level - window.lower) / (window.upper - window.lower), 0), 1);
  return Math.round((inverted ? 1 - share : share) * 255);
}
