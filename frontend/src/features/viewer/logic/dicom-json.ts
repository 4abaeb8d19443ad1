/** Reading the DICOM JSON model (PS3.18 F.2). Tolerant: what is not there or not readable is undefined. */

export interface DicomElement {
  vr: string;
  Value?: unknown[];
  InlineBinary?: string;
  BulkDataURI?: string;
}

export type DicomHeader = Record<string, DicomElement>;

export function values(header: DicomHeader, tag: string): unknown[] {
  return header[tag]?.Value ?? [];
}

/** A character string, without the padding that some writers leave; undefined where it is empty. */
export function text(header: DicomHeader, tag: string): string | undefined {
  const value = values(header, tag)[0];
  if (typeof value !== "string") return undefined;
  const trimmed = value.trim();
  return trimmed === "" ? undefined : trimmed;
}

export function texts(header: DicomHeader, tag: string): string[] {
  return values(header, tag)
    .filter((value): value is string => typeof value === "string")
    .map((value) => value.trim());
}

/** Numbers; decimal strings may come as numbers or as text. */
export function numbers(header: DicomHeader, tag: string): number[] {
  return values(header, tag)
    .map((value) => (typeof value === "string" && value.trim() !== "" ? Number(value) : value))
    .filter((value): value is number => typeof value === "number" && Number.isFinite(value));
}

export function number(header: DicomHeader, tag: string): number | undefined {
  return numbers(header, tag)[0];
}

function isHeader(value: unknown): value is DicomHeader {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The items of a sequence. */
export function items(header: DicomHeader, tag: string): DicomHeader[] {
  return values(header, tag).filter(isHeader);
}

/** The bytes of an element that came inline; undefined where it did not. */
export function octets(header: DicomHeader, tag: string): Uint8Array | undefined {
  const inline = header[tag]?.InlineBinary;
  if (inline === undefined) return undefined;
  const decoded = atob(inline);
  return Uint8Array.from(decoded, (character) => character.charCodeAt(0));
}
