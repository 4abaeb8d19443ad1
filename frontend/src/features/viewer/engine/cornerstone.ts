import {
  getRenderingCapabilities,
  imageLoader,
  init as initCore,
  metaData,
  RenderingEngine,
  setUseCPURendering,
  utilities,
  type Types,
} from "@cornerstonejs/core";
import { createImage, init as initLoader } from "@cornerstonejs/dicom-image-loader";

import type { PixelForm } from "../logic/pixel-form";

import { loadedImage, reducedImage } from "./pixel-store";

export const SCHEME = "mammonode";
const ENGINE = "study";
const PREFERENCE = "mammonode.viewer.rendering";

let engine: RenderingEngine | undefined;
const frames = new Map<string, PixelForm>();

/** The rendering engine, started on first use; without a graphics processor it draws with the CPU. */
export function renderingEngine(): RenderingEngine {
  if (engine === undefined) {
    initCore();
    initLoader({ maxWebWorkers: Math.max(1, Math.min(4, navigator.hardwareConcurrency - 1)) });
    setUseCPURendering(drawsWithCpu(), false);
    metaData.addProvider(modules, 10_000);
    imageLoader.registerImageLoader(SCHEME, (imageId) => ({ promise: Promise.resolve(picture(imageId)) }));
    engine = new RenderingEngine(ENGINE);
  }
  return engine;
}

/** "cpu" and "gpu" are for sites whose graphics drivers err; a software rasteriser is slower than the CPU path. */
export function drawsWithCpu(): boolean {
  const preference = window.localStorage.getItem(PREFERENCE);
  const { webgl, softwareRasterizer } = getRenderingCapabilities();
  if (!webgl) return true;
  return preference === null ? softwareRasterizer : preference === "cpu";
}

/** The cells of a compressed frame, decoded in a worker. */
export async function decodeCompressed(
  key: string,
  bytes: Uint8Array,
  transferSyntaxUid: string,
  form: PixelForm,
): Promise<ArrayLike<number>> {
  renderingEngine();
  const imageId = `${SCHEME}-frame:${key}`;
  frames.set(imageId, form);
  try {
    const image = await createImage(imageId, bytes, transferSyntaxUid, { preScale: { enabled: false } });
    if (!("getPixelData" in image)) throw new Error("The decoder gave no pixels.");
    return image.getPixelData();
  } finally {
    frames.delete(imageId);
  }
}

export function pictureId(sopInstanceUid: string, factor: number): string {
  return `${SCHEME}:${sopInstanceUid}/${String(factor)}`;
}

function named(imageId: string): { sopInstanceUid: string; factor: number } | undefined {
  const found = /^mammonode:([0-9.]+)\/(\d)$/.exec(imageId);
  return found?.[1] === undefined ? undefined : { sopInstanceUid: found[1], factor: Number(found[2]) };
}

/** Levels as Cornerstone takes an image: 16 bits, MONOCHROME2, with nothing left but a straight line. */
function picture(imageId: string): Types.IImage {
  const name = named(imageId);
  const image = name && reducedImage(name.sopInstanceUid, name.factor);
  const spacing = name && loadedImage(name.sopInstanceUid)?.image.spacing;
  if (!name || !image || !spacing) throw new Error(`${imageId} is not loaded`);
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({
    scalarData: image.levels,
    width: image.columns,
    height: image.rows,
    numberOfComponents: 1,
  });
  return {
    imageId,
    dataType: "Uint16Array",
    minPixelValue: 0,
    maxPixelValue: 65_535,
    slope: 1,
    intercept: 0,
    windowCenter: 32_768,
    windowWidth: 65_536,
    voxelManager,
    getPixelData: () => image.levels,
    rows: image.rows,
    columns: image.columns,
    height: image.rows,
    width: image.columns,
    color: false,
    rgba: false,
    invert: false,
    numberOfComponents: 1,
    rowPixelSpacing: spacing.rowMm * name.factor,
    columnPixelSpacing: spacing.columnMm * name.factor,
    sizeInBytes: image.levels.byteLength,
  } as unknown as Types.IImage;
}

/** What Cornerstone asks about an image, in its own words. */
function modules(type: string, ...queries: unknown[]): unknown {
  const imageId = String(queries[0]);
  const form = frames.get(imageId);
  if (type === "imagePixelModule" && form !== undefined) {
    const planar = { samplesPerPixel: 1, photometricInterpretation: "MONOCHROME2", planarConfiguration: 0 };
    return { ...form, ...planar, pixelRepresentation: form.signed ? 1 : 0 };
  }
  const name = named(imageId);
  if (name === undefined) return undefined;
  if (type === "imagePixelModule") {
    return {
      samplesPerPixel: 1,
      photometricInterpretation: "MONOCHROME2",
      bitsAllocated: 16,
      bitsStored: 16,
      highBit: 15,
      pixelRepresentation: 0,
    };
  }
  if (type === "generalSeriesModule") return { modality: "MG" };
  return type === "imagePlaneModule" ? plane(name.sopInstanceUid, name.factor) : undefined;
}

/** Millimetres from the outer corner of the first pixel; the GPU puts the origin into the pixel's middle. */
function plane(sopInstanceUid: string, factor: number): object | undefined {
  const spacing = loadedImage(sopInstanceUid)?.image.spacing;
  if (spacing === undefined) return undefined;
  const columnPixelSpacing = spacing.columnMm * factor;
  const rowPixelSpacing = spacing.rowMm * factor;
  const middle = drawsWithCpu() ? [0, 0, 0] : [columnPixelSpacing / 2, rowPixelSpacing / 2, 0];
  return {
    rowPixelSpacing,
    columnPixelSpacing,
    rowCosines: [1, 0, 0],
    columnCosines: [0, 1, 0],
    imagePositionPatient: middle,
    imageOrientationPatient: [1, 0, 0, 0, 1, 0],
    frameOfReferenceUID: sopInstanceUid,
    usingDefaultValues: false,
  };
}
