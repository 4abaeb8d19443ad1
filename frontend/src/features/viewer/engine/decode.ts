import { ImageError } from "../logic/errors";
import type { PixelForm } from "../logic/pixel-form";

import { decodeCompressed } from "./cornerstone";
import type { Frame } from "./frame";

/** The pixel cells of a frame; a decoder may have extended their sign, which the table of levels ignores. */
export async function decodeCells(frame: Frame, key: string, form: PixelForm): Promise<ArrayLike<number>> {
  const count = form.rows * form.columns;
  if (!frame.uncompressed) {
    const cells = await decodeCompressed(key, frame.bytes, frame.transferSyntaxUid, form).catch(
      (error: unknown) => {
        throw new ImageError("undecodable", String(error));
      },
    );
    if (cells.length !== count) throw new ImageError("undecodable", frame.transferSyntaxUid);
    return cells;
  }
  if (frame.bytes.length < (count * form.bitsAllocated) / 8) throw new ImageError("truncated");
  return form.bitsAllocated === 8 ? frame.bytes : new Uint16Array(frame.bytes.buffer, 0, count);
}
