import type { Point } from "./logic/spacing";

/** What the network found in an image. */
export interface ImageFindings {
  marks: readonly { polygon: readonly Point[]; score: number | null }[];
  /** Of the heat map, in the geometry of the stored image. */
  heatMapUrl: string | undefined;
}

/** A mark that a reader drew. */
export interface DrawnMark {
  sopInstanceUid: string;
  polygon: readonly Point[];
}
