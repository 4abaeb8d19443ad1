import type { GreyLevels } from "../logic/grey-levels";
import { reduce, type LevelImage } from "../logic/reduce";

import type { ViewerImage } from "./viewer-image";

/** The pixels of an image, as levels and mirrored as it hangs. */
export interface LoadedImage {
  image: ViewerImage;
  full: LevelImage;
  grey: GreyLevels;
}

const loaded = new Map<string, LoadedImage>();
const reduced = new Map<string, LevelImage>();

export function keepImage(image: LoadedImage): void {
  loaded.set(image.image.sopInstanceUid, image);
}

export function loadedImage(sopInstanceUid: string): LoadedImage | undefined {
  return loaded.get(sopInstanceUid);
}

/** The image with `factor` x `factor` pixels averaged into one. */
export function reducedImage(sopInstanceUid: string, factor: number): LevelImage | undefined {
  const image = loaded.get(sopInstanceUid);
  if (image === undefined || factor === 1) return image?.full;
  const key = `${sopInstanceUid}/${String(factor)}`;
  const known = reduced.get(key) ?? reduce(image.full, factor);
  reduced.set(key, known);
  return known;
}

/** Forget all pixels: a study that is left takes no memory. */
export function releaseImages(): void {
  loaded.clear();
  reduced.clear();
}
