/** What cannot be shown, and why; the code names a sentence of the locale `viewer`. */
export class ImageError extends Error {
  readonly code: ImageErrorCode;
  readonly detail: string;

  constructor(code: ImageErrorCode, detail = "") {
    super(detail === "" ? code : `${code}: ${detail}`);
    this.name = "ImageError";
    this.code = code;
    this.detail = detail;
  }
}

export type ImageErrorCode =
  | "colour"
  | "contradictoryPolarity"
  | "malformedHeader"
  | "malformedLut"
  | "malformedWindow"
  | "network"
  | "truncated"
  | "undecodable"
  | "unknownVoiFunction";
