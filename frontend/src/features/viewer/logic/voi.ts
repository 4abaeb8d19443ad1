import { number, text, type DicomHeader } from "./dicom-json";
import { ImageError } from "./errors";
import { lookUp, lookUpTable } from "./look-up-table";
import { TAG } from "./tags";

export type VoiSource = "LUT" | "LINEAR" | "LINEAR_EXACT" | "SIGMOID" | "NONE";

/** A straight line from black to white over modality values. */
export interface Window {
  lower: number;
  upper: number;
}

/** From modality value to share of white, 0 to 1. */
export type ShareOfWhite = (value: number) => number;

export interface Voi {
  source: VoiSource;
  share: ShareOfWhite;
  /** Where the transformation is a straight line: where it begins and ends. */
  window: Window | undefined;
}

/** PS3.3 C.11.2.1.2.1. */
export function linearWindow(value: number, center: number, width: number): number {
  if (width === 1) return value <= center - 0.5 ? 0 : 1;
  return clamp((value - (center - 0.5)) / (width - 1) + 0.5);
}

/** PS3.3 C.11.2.1.3.2. */
export function linearExactWindow(value: number, center: number, width: number): number {
  return clamp((value - center) / width + 0.5);
}

/** PS3.3 C.11.2.1.3.1. */
export function sigmoidWindow(value: number, center: number, width: number): number {
  return 1 / (1 + Math.exp((-4 * (value - center)) / width));
}

/**
 * The transformation that the header asks for: a VOI LUT goes before a window, and of several the first.
 * `span` is the range that modality values may have; it is shown whole where the header is silent.
 */
export function voi(header: DicomHeader, span: Window): Voi {
  const table = lookUpTable(header, TAG.voiLutSequence, span.lower < 0);
  if (table !== undefined) {
    return { source: "LUT", share: (value) => lookUp(table, value) / table.largestEntry, window: undefined };
  }
  const center = number(header, TAG.windowCenter);
  const width = number(header, TAG.windowWidth);
  if (center === undefined && width === undefined) return ramp("NONE", span);
  if (center === undefined || width === undefined) throw new ImageError("malformedWindow");
  return windowed(text(header, TAG.voiLutFunction) ?? "LINEAR", center, width);
}

function windowed(name: string, center: number, width: number): Voi {
  if (name === "LINEAR") {
    if (width < 1) throw new ImageError("malformedWindow", String(width));
    const lower = center - 0.5 - (width - 1) / 2;
    const share = (value: number) => linearWindow(value, center, width);
    // a width of 1 is a step: the narrowest ramp stands for it
    return { source: "LINEAR", share, window: { lower, upper: lower + Math.max(width - 1, 1e-3) } };
  }
  if (width <= 0) throw new ImageError("malformedWindow", String(width));
  if (name === "LINEAR_EXACT") {
    const share = (value: number) => linearExactWindow(value, center, width);
    return {
      source: "LINEAR_EXACT",
      share,
      window: { lower: center - width / 2, upper: center + width / 2 },
    };
  }
  if (name !== "SIGMOID") throw new ImageError("unknownVoiFunction", name);
  return { source: "SIGMOID", share: (value) => sigmoidWindow(value, center, width), window: undefined };
}

function ramp(source: VoiSource, window: Window): Voi {
  return { source, share: (value) => clamp((value - window.lower) / (window.upper - window.lower)), window };
}

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
