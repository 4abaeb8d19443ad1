import { number, text, type DicomHeader } from "./dicom-json";
import { ImageError } from "./errors";
import { TAG } from "./tags";

/** How the pixel cells of an image are stored (PS3.3 C.7.6.3). */
export interface PixelForm {
  rows: number;
  columns: number;
  bitsAllocated: 8 | 16;
  bitsStored: number;
  highBit: number;
  signed: boolean;
  photometric: "MONOCHROME1" | "MONOCHROME2";
}

function required(header: DicomHeader, tag: string): number {
  const value = number(header, tag);
  if (value === undefined) throw new ImageError("malformedHeader", tag);
  return value;
}

export function pixelForm(header: DicomHeader): PixelForm {
  const photometric = text(header, TAG.photometricInterpretation);
  if (photometric !== "MONOCHROME1" && photometric !== "MONOCHROME2") {
    throw new ImageError("colour", photometric ?? "");
  }
  const bitsAllocated = required(header, TAG.bitsAllocated);
  if (bitsAllocated !== 8 && bitsAllocated !== 16) {
    throw new ImageError("malformedHeader", TAG.bitsAllocated);
  }
  const form: PixelForm = {
    rows: required(header, TAG.rows),
    columns: required(header, TAG.columns),
    bitsAllocated,
    bitsStored: required(header, TAG.bitsStored),
    highBit: required(header, TAG.highBit),
    signed: required(header, TAG.pixelRepresentation) === 1,
    photometric,
  };
  const fits = form.bitsStored >= 1 && form.bitsStored <= bitsAllocated;
  if (!fits || form.highBit < form.bitsStored - 1 || form.highBit >= bitsAllocated) {
    throw new ImageError("malformedHeader", TAG.bitsStored);
  }
  return form;
}

/** Smallest and largest value that Bits Stored can hold. */
export function storedRange(form: PixelForm): [number, number] {
  const span = 2 ** form.bitsStored;
  return form.signed ? [-span / 2, span / 2 - 1] : [0, span - 1];
}

/** The stored value of every possible cell: other bits dropped, then the sign extended. */
export function cellValues(form: PixelForm): Int32Array {
  const shift = form.highBit + 1 - form.bitsStored;
  const mask = 2 ** form.bitsStored - 1;
  const sign = 2 ** (form.bitsStored - 1);
  return Int32Array.from({ length: 2 ** form.bitsAllocated }, (_, cell) => {
    const value = (cell >> shift) & mask;
    return form.signed ? (value ^ sign) - sign : value;
  });
}
