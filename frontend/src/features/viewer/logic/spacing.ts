import { number, numbers, text, type DicomHeader } from "./dicom-json";
import { TAG } from "./tags";

/** How far a length may be trusted; each has a sentence in the locale `viewer`. */
export type SpacingCaveat =
  "calibratedGeometry" | "calibratedFiducial" | "pixelSpacing" | "detector" | "scanned" | "unknown";

export interface PixelSpacing {
  /** Between the centres of adjacent rows and columns, in mm; of 1 mm where nothing is known. */
  rowMm: number;
  columnMm: number;
  caveat: SpacingCaveat;
  /** Estimated Radiographic Magnification Factor; it is named, never applied. */
  magnification: number | undefined;
}

const SOURCES = [
  [TAG.pixelSpacing, "pixelSpacing"],
  [TAG.imagerPixelSpacing, "detector"],
  [TAG.nominalScannedPixelSpacing, "scanned"],
] as const;

/**
 * The size of a pixel, by the best attribute that is there (PS3.3 10.7.1.3).
 *
 * Imager Pixel Spacing is measured at the front of the detector, so what lies above it comes out too long.
 * Pixel Spacing that equals it says nothing more, unless its calibration type says so.
 */
export function pixelSpacing(header: DicomHeader): PixelSpacing {
  const magnification = number(header, TAG.magnificationFactor);
  for (const [tag, source] of SOURCES) {
    const [rowMm, columnMm] = numbers(header, tag);
    if (rowMm !== undefined && columnMm !== undefined && rowMm > 0 && columnMm > 0) {
      const caveat = source === "pixelSpacing" ? calibration(header, rowMm) : source;
      return { rowMm, columnMm, caveat, magnification };
    }
  }
  const [height, width] = numbers(header, TAG.pixelAspectRatio);
  const aspect = height !== undefined && width !== undefined && height > 0 && width > 0 ? height / width : 1;
  return { rowMm: aspect, columnMm: 1, caveat: "unknown", magnification };
}

function calibration(header: DicomHeader, rowMm: number): SpacingCaveat {
  const type = text(header, TAG.pixelSpacingCalibrationType);
  if (type === "GEOMETRY") return "calibratedGeometry";
  if (type === "FIDUCIAL") return "calibratedFiducial";
  return numbers(header, TAG.imagerPixelSpacing)[0] === rowMm ? "detector" : "pixelSpacing";
}

/** A length between two points of the stored image, in mm; undefined where the size of a pixel is not known. */
export function lengthMm(spacing: PixelSpacing, from: Point, to: Point): number | undefined {
  if (spacing.caveat === "unknown") return undefined;
  return Math.hypot((to[0] - from[0]) * spacing.columnMm, (to[1] - from[1]) * spacing.rowMm);
}

/** Column and row, from the outer corner of the first pixel. */
export type Point = readonly [x: number, y: number];
