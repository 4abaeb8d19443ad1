import { items, number, numbers, octets, type DicomHeader } from "./dicom-json";
import { ImageError } from "./errors";
import { TAG } from "./tags";

/** A Modality or VOI LUT (PS3.3 C.11.1.1, C.11.2.1.1). */
export interface LookUpTable {
  firstMapped: number;
  entries: Float64Array;
  largestEntry: number;
}

/** The first item of a LUT sequence; undefined where there is none. */
export function lookUpTable(
  header: DicomHeader,
  sequence: string,
  signedFirst: boolean,
): LookUpTable | undefined {
  const item = items(header, sequence)[0];
  if (item === undefined) return undefined;
  const descriptor = numbers(item, TAG.lutDescriptor);
  const [size, mapped, bits] = descriptor;
  if (descriptor.length !== 3 || size === undefined || mapped === undefined || bits === undefined) {
    throw new ImageError("malformedLut", TAG.lutDescriptor);
  }
  if (bits < 8 || bits > 16) throw new ImageError("malformedLut", `${String(bits)} bits`);
  const count = unsigned(size) || 65_536;
  // The VR of the descriptor is ambiguous and often wrong: what is mapped decides about the sign.
  let firstMapped = unsigned(mapped);
  if (signedFirst && firstMapped >= 32_768) firstMapped -= 65_536;
  const largestEntry = 2 ** bits - 1;
  const entries = lutEntries(item, count, bits).map((entry) => Math.min(entry, largestEntry));
  return { firstMapped, entries, largestEntry };
}

/** Values below the first mapped one get the first entry, those beyond the last the last. */
export function lookUp(table: LookUpTable, value: number): number {
  const index = Math.min(Math.max(roundHalfEven(value) - table.firstMapped, 0), table.entries.length - 1);
  return table.entries[index] ?? 0;
}

/** Round as numpy does, so that a half goes the same way in the reference conversion. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function unsigned(value: number): number {
  return ((value % 65_536) + 65_536) % 65_536;
}

function lutEntries(item: DicomHeader, count: number, bits: number): Float64Array {
  const found = storedEntries(item, count, bits);
  if (found.length < count) {
    throw new ImageError("malformedLut", `${String(found.length)} < ${String(count)}`);
  }
  return Float64Array.from(found.slice(0, count));
}

function storedEntries(item: DicomHeader, count: number, bits: number): ArrayLike<number> & { slice: Slice } {
  const bytes = octets(item, TAG.lutData);
  if (bytes === undefined) {
    if (number(item, TAG.lutData) === undefined) throw new ImageError("malformedLut", TAG.lutData);
    return Float64Array.from(numbers(item, TAG.lutData), unsigned);
  }
  if (bits === 8 && bytes.length < 2 * count) return bytes; // packed two to a word
  return new Uint16Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 2));
}

type Slice = (start: number, end: number) => ArrayLike<number>;
