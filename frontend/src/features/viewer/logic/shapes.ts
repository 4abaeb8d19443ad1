import type { Point } from "./spacing";

const CORNERS = 32;

/** An ellipse within the box of two corners, as a polygon in pixels of the stored image. */
export function ellipsePolygon(from: Point, to: Point): Point[] {
  const [middleX, middleY] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
  const [radiusX, radiusY] = [Math.abs(to[0] - from[0]) / 2, Math.abs(to[1] - from[1]) / 2];
  return Array.from({ length: CORNERS }, (_, corner) => {
    const angle = (2 * Math.PI * corner) / CORNERS;
    return [middleX + radiusX * Math.cos(angle), middleY + radiusY * Math.sin(angle)] as const;
  });
}

/** Keep a polygon within the image, to a tenth of a pixel. */
export function within(points: readonly Point[], columns: number, rows: number): Point[] {
  return points.map(([x, y]) => [
    tenth(Math.min(Math.max(x, 0), columns)),
    tenth(Math.min(Math.max(y, 0), rows)),
  ]);
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

export function svgPoints(points: readonly Point[]): string {
  return points.map(([x, y]) => `${String(x)},${String(y)}`).join(" ");
}
