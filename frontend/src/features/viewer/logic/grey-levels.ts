import { number, text, type DicomHeader } from "./dicom-json";
import { ImageError } from "./errors";
import { lookUp, lookUpTable, roundHalfEven } from "./look-up-table";
import { cellValues, storedRange, type PixelForm } from "./pixel-form";
import { TAG } from "./tags";
import { voi, type Voi, type VoiSource, type Window } from "./voi";

export const WHITE = 65_535;

/**
 * From pixel cells to levels, one table for all cells.
 *
 * Levels run from 0 to 65,535 and already hold the modality step, the VOI LUT or SIGMOID where there is one,
 * the polarity, and padding as 0. What is left for the screen is one straight line, `initial`: the window of
 * the header where it is one, the whole range otherwise. So the renderer needs to know no LUT, and moving
 * the window loses nothing that the detector saw.
 */
export interface GreyLevels {
  table: Uint16Array;
  initial: Window;
  source: VoiSource;
  inverse: boolean;
  /** What levels 0 and 65,535 stand for in modality values; undefined after a curve, which has no inverse. */
  scale: Window | undefined;
}

export function greyLevels(header: DicomHeader, form: PixelForm): GreyLevels {
  const stored = cellValues(form);
  const { modality, span } = modalityStep(header, form);
  const transformation = voi(header, span);
  const inverse = isInverse(header);
  const scale = transformation.window && widened(span, transformation.window);
  const share = scale ? position(scale) : transformation.share;
  const padding = paddingOf(header, form);
  const table = Uint16Array.from(stored, (value) => {
    if (padding !== undefined && value >= padding[0] && value <= padding[1]) return 0;
    const level = roundHalfEven(Math.min(Math.max(share(modality(value)), 0), 1) * WHITE);
    return inverse ? WHITE - level : level;
  });
  return {
    table,
    initial: initialWindow(transformation, scale, inverse),
    source: transformation.source,
    inverse,
    scale,
  };
}

/** Whether the lowest values are shown white (PS3.3 C.8.11.3.1.2); a negative must not be a guess. */
export function isInverse(header: DicomHeader): boolean {
  const inverse = text(header, TAG.photometricInterpretation) === "MONOCHROME1";
  const shape = text(header, TAG.presentationLutShape);
  if (
    shape !== undefined &&
    ((shape !== "IDENTITY" && shape !== "INVERSE") || (shape === "INVERSE") !== inverse)
  ) {
    throw new ImageError("contradictoryPolarity", shape);
  }
  return inverse;
}

/** Levels as cells: what lies in `into` afterwards is what the screen windows. */
export function applyTable(cells: ArrayLike<number>, table: Uint16Array, into: Uint16Array): void {
  const mask = table.length - 1;
  for (let index = 0; index < into.length; index += 1) {
    into[index] = table[(cells[index] ?? 0) & mask] ?? 0;
  }
}

function modalityStep(
  header: DicomHeader,
  form: PixelForm,
): { modality: (value: number) => number; span: Window } {
  const table = lookUpTable(header, TAG.modalityLutSequence, form.signed);
  if (table !== undefined) {
    return { modality: (value) => lookUp(table, value), span: { lower: 0, upper: table.largestEntry } };
  }
  const slope = number(header, TAG.rescaleSlope) ?? 1;
  const intercept = number(header, TAG.rescaleIntercept) ?? 0;
  if (slope === 0) throw new ImageError("malformedHeader", TAG.rescaleSlope);
  const [first, last] = storedRange(form).map((end) => slope * end + intercept) as [number, number];
  const span = { lower: Math.min(first, last), upper: Math.max(first, last) };
  return { modality: (value) => value * slope + intercept, span };
}

/** A window may reach beyond what can be stored. */
function widened(span: Window, window: Window): Window {
  return { lower: Math.min(span.lower, window.lower), upper: Math.max(span.upper, window.upper) };
}

function position(scale: Window): (value: number) => number {
  return (value) => (value - scale.lower) / (scale.upper - scale.lower);
}

function initialWindow(transformation: Voi, scale: Window | undefined, inverse: boolean): Window {
  if (scale === undefined || transformation.window === undefined) return { lower: 0, upper: WHITE };
  const lower = position(scale)(transformation.window.lower) * WHITE;
  const upper = position(scale)(transformation.window.upper) * WHITE;
  return inverse ? { lower: WHITE - upper, upper: WHITE - lower } : { lower, upper };
}

function paddingOf(header: DicomHeader, form: PixelForm): [number, number] | undefined {
  const value = storedValue(header, TAG.pixelPaddingValue, form);
  if (value === undefined) return undefined;
  const limit = storedValue(header, TAG.pixelPaddingRangeLimit, form) ?? value;
  return [Math.min(value, limit), Math.max(value, limit)];
}

/** A value that is compared with stored ones; its sign (US or SS) may have been written wrongly. */
function storedValue(header: DicomHeader, tag: string, form: PixelForm): number | undefined {
  const value = number(header, tag);
  if (value === undefined) return undefined;
  const [low, high] = storedRange(form);
  if (value < low) return value + 65_536;
  return value > high && form.signed ? value - 65_536 : value;
}
