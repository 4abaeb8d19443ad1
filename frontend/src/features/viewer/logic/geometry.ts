import type { PixelSpacing, Point } from "./spacing";

/** An image as it lies on the screen: size in stored pixels, size of a pixel, mirroring. */
export interface Sheet {
  rows: number;
  columns: number;
  spacing: PixelSpacing;
  flipHorizontal: boolean;
  flipVertical: boolean;
  /** The edge that is to meet the other breast; undefined centres the image. */
  anchor: "left" | "right" | undefined;
}

/** What the reader sees of an image. It is independent of the viewport, so that views can share it. */
export interface Camera {
  /** Screen pixels (CSS) a millimetre. */
  scale: number;
  /** Millimetres from where the image hangs to what lies in the middle; positive is right and down. */
  pan: Point;
}

export interface Size {
  width: number;
  height: number;
}

/** Horizontal and vertical scale and shift, from stored pixels to screen pixels; negative scales mirror. */
export interface Placement {
  scaleX: number;
  scaleY: number;
  shiftX: number;
  shiftY: number;
}

export function widthMm(sheet: Sheet): number {
  return sheet.columns * sheet.spacing.columnMm;
}

export function heightMm(sheet: Sheet): number {
  return sheet.rows * sheet.spacing.rowMm;
}

/** The scale at which an image just fits. */
export function fit(sheet: Sheet, size: Size): number {
  return Math.min(size.width / widthMm(sheet), size.height / heightMm(sheet));
}

/** The scale at which all images fit, so that a millimetre is as long in each of them. */
export function fitTogether(views: readonly { sheet: Sheet; size: Size }[]): number {
  const scales = views.filter(({ size }) => size.width > 0).map(({ sheet, size }) => fit(sheet, size));
  return scales.length === 0 ? 1 : Math.min(...scales);
}

/** The scale at which one stored pixel is one pixel of the screen. */
export function oneToOne(sheet: Sheet, pixelRatio: number): number {
  return 1 / (sheet.spacing.columnMm * pixelRatio);
}

/** Where the middle of the viewport lies in the mirrored image, in mm from its top left corner. */
export function focus(sheet: Sheet, camera: Camera, size: Size): Point {
  const half = size.width / (2 * camera.scale);
  const across = { left: half, right: widthMm(sheet) - half, centre: widthMm(sheet) / 2 }[
    sheet.anchor ?? "centre"
  ];
  return [across + camera.pan[0], heightMm(sheet) / 2 + camera.pan[1]];
}

export function placement(sheet: Sheet, camera: Camera, size: Size): Placement {
  const [focusX, focusY] = focus(sheet, camera, size);
  const scaleX = camera.scale * sheet.spacing.columnMm;
  const scaleY = camera.scale * sheet.spacing.rowMm;
  const left = size.width / 2 - focusX * camera.scale;
  const top = size.height / 2 - focusY * camera.scale;
  return {
    scaleX: sheet.flipHorizontal ? -scaleX : scaleX,
    scaleY: sheet.flipVertical ? -scaleY : scaleY,
    shiftX: sheet.flipHorizontal ? left + sheet.columns * scaleX : left,
    shiftY: sheet.flipVertical ? top + sheet.rows * scaleY : top,
  };
}

export function toScreen(placed: Placement, [x, y]: Point): Point {
  return [x * placed.scaleX + placed.shiftX, y * placed.scaleY + placed.shiftY];
}

export function toImage(placed: Placement, [x, y]: Point): Point {
  return [(x - placed.shiftX) / placed.scaleX, (y - placed.shiftY) / placed.scaleY];
}

const NEAREST = 200;

/** Zoom by a factor and keep what lies under `at` (screen pixels) where it is. */
export function zoomAt(camera: Camera, sheet: Sheet, size: Size, factor: number, at: Point): Camera {
  const scale = Math.min(Math.max(camera.scale * factor, 0.2), NEAREST);
  const before = underneath(sheet, camera, size, at);
  const after = underneath(sheet, { ...camera, scale }, size, at);
  return { scale, pan: [camera.pan[0] + before[0] - after[0], camera.pan[1] + before[1] - after[1]] };
}

function underneath(sheet: Sheet, camera: Camera, size: Size, at: Point): Point {
  const [x, y] = focus(sheet, camera, size);
  return [x + (at[0] - size.width / 2) / camera.scale, y + (at[1] - size.height / 2) / camera.scale];
}

/** Move with the pointer by screen pixels. */
export function panBy(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, pan: [camera.pan[0] - dx / camera.scale, camera.pan[1] - dy / camera.scale] };
}

/** The same pan as seen from the other breast, whose chest wall lies at the other edge. */
export function mirrored(camera: Camera): Camera {
  return { ...camera, pan: [-camera.pan[0], camera.pan[1]] };
}

/** How many stored pixels share one of the screen, as a power of two up to 4. */
export function reduction(sheet: Sheet, camera: Camera, pixelRatio: number): 1 | 2 | 4 {
  const perPixel = 1 / (camera.scale * sheet.spacing.columnMm * pixelRatio);
  if (perPixel >= 4) return 4;
  return perPixel >= 2 ? 2 : 1;
}
