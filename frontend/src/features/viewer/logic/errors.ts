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

/** What the node's refusal means; a code that is not of these kinds is told beside the sentence. */
export function refusal(status: number): ImageError {
  const known = ({ 404: "missing", 410: "gone", 503: "busy" } as const)[status];
  return known === undefined ? new ImageError("network", String(status)) : new ImageError(known);
}

/** What is gone stays gone: asking again brings the same answer. */
export function isFinal(error: unknown): boolean {
  return error instanceof ImageError && (error.code === "gone" || error.code === "missing");
}

export type ImageErrorCode =
  | "busy"
  | "colour"
  | "contradictoryPolarity"
  | "gone"
  | "malformedHeader"
  | "malformedLut"
  | "malformedWindow"
  | "missing"
  | "network"
  | "truncated"
  | "undecodable"
  | "unknownVoiFunction";
