import { text } from "../logic/dicom-json";
import { ImageError } from "../logic/errors";
import { applyTable, greyLevels } from "../logic/grey-levels";
import { pixelForm, type PixelForm } from "../logic/pixel-form";
import { mirror, type LevelImage } from "../logic/reduce";
import { TAG } from "../logic/tags";

import { decodeCells } from "./decode";
import { fetchFrame, type Progress } from "./frame";
import { keepImage, loadedImage, type LoadedImage } from "./pixel-store";
import { instanceUrl, type ViewerImage } from "./viewer-image";

type OnProgress = (progress: Progress) => void;

/** Fetch, decode and bring an image to levels, as it hangs. */
export async function loadImage(image: ViewerImage, onProgress: OnProgress): Promise<LoadedImage> {
  const known = loadedImage(image.sopInstanceUid);
  if (known !== undefined) return known;
  const form = pixelForm(image.header);
  const grey = greyLevels(image.header, form);
  const cells = await fetchCells(image, form, onProgress);
  const { rows, columns } = form;
  const full: LevelImage = { levels: new Uint16Array(rows * columns), rows, columns };
  if (cells.length < full.levels.length) throw new ImageError("truncated");
  applyTable(cells, grey.table, full.levels);
  mirror(full, image.identity.flipHorizontal, image.identity.flipVertical);
  const found = { image, full, grey };
  keepImage(found);
  return found;
}

/** As stored where this browser can decode it; otherwise the node decodes. */
async function fetchCells(
  image: ViewerImage,
  form: PixelForm,
  onProgress: OnProgress,
): Promise<ArrayLike<number>> {
  const url = `${instanceUrl(image)}/frames/1`;
  const bytes = (form.rows * form.columns * form.bitsAllocated) / 8;
  const stored = text(image.header, TAG.availableTransferSyntaxUid);
  const frame = await fetchFrame(url, stored, bytes, onProgress);
  try {
    return await decodeCells(frame, image.sopInstanceUid, form);
  } catch (error) {
    if (frame.uncompressed) throw error;
    return decodeCells(await fetchFrame(url, undefined, bytes, onProgress), image.sopInstanceUid, form);
  }
}
