import { describe, expect, it } from "vitest";

import {
  fitTogether,
  focus,
  mirrored,
  oneToOne,
  panBy,
  placement,
  reduction,
  toImage,
  toScreen,
  zoomAt,
  type Sheet,
} from "./geometry";
import { mirror, reduce } from "./reduce";
import { lengthMm, pixelSpacing } from "./spacing";

const SIZE = { width: 400, height: 500 };
const CAMERA = { scale: 2, pan: [0, 0] } as const;

function sheet(change: Partial<Sheet> = {}): Sheet {
  const spacing = { rowMm: 0.1, columnMm: 0.1, caveat: "detector", magnification: undefined } as const;
  return {
    rows: 2000,
    columns: 1500,
    spacing,
    flipHorizontal: false,
    flipVertical: false,
    anchor: "left",
    ...change,
  };
}

describe("the placement of an image", () => {
  it("puts the chest walls at the edges that meet", () => {
    expect(toScreen(placement(sheet({ anchor: "left" }), CAMERA, SIZE), [0, 1000])[0]).toBeCloseTo(0);
    expect(toScreen(placement(sheet({ anchor: "right" }), CAMERA, SIZE), [1500, 1000])[0]).toBeCloseTo(400);
  });

  it("leads back to the stored pixel, mirrored or not", () => {
    const placed = placement(sheet({ flipHorizontal: true, flipVertical: true }), CAMERA, SIZE);
    const [x, y] = toImage(placed, toScreen(placed, [12.5, 1900]));
    expect([x, y]).toEqual([expect.closeTo(12.5), expect.closeTo(1900)]);
    expect(toScreen(placed, [1500, 0])[0]).toBeCloseTo(0);
  });

  it("makes a millimetre as long in a small image as in a large one", () => {
    const small = sheet({ rows: 500, columns: 400 });
    const scale = fitTogether([
      { sheet: sheet(), size: SIZE },
      { sheet: small, size: SIZE },
    ]);
    expect(scale).toBeCloseTo(2.5);
  });

  it("zooms about the pointer and pans with it", () => {
    const image = sheet();
    const before = toImage(placement(image, CAMERA, SIZE), [100, 50]);
    const zoomed = zoomAt(CAMERA, image, SIZE, 3, [100, 50]);
    expect(toImage(placement(image, zoomed, SIZE), [100, 50])[0]).toBeCloseTo(before[0]);
    expect(focus(image, panBy(CAMERA, 20, 0), SIZE)[0]).toBeCloseTo(focus(image, CAMERA, SIZE)[0] - 10);
    expect(mirrored({ scale: 1, pan: [3, 4] }).pan).toEqual([-3, 4]);
  });

  it("takes averaged pixels only where the screen has fewer than the image", () => {
    const image = sheet();
    expect(reduction(image, { scale: oneToOne(image, 1), pan: [0, 0] }, 1)).toBe(1);
    expect(reduction(image, { scale: 2, pan: [0, 0] }, 1)).toBe(4);
    expect(reduction(image, { scale: 2, pan: [0, 0] }, 2)).toBe(2);
  });
});

describe("the pixels", () => {
  it("are averaged in squares, also over the edge", () => {
    const image = { levels: Uint16Array.of(1, 3, 10, 5, 7, 20), rows: 2, columns: 3 };
    expect(reduce(image, 2)).toEqual({ levels: Uint16Array.of(4, 15), rows: 1, columns: 2 });
  });

  it("are mirrored both ways", () => {
    const image = { levels: Uint16Array.of(1, 2, 3, 4, 5, 6), rows: 3, columns: 2 };
    mirror(image, true, true);
    expect([...image.levels]).toEqual([6, 5, 4, 3, 2, 1]);
  });
});

describe("a length", () => {
  const detector = { "00181164": { vr: "DS", Value: [0.07, 0.08] } };

  it("follows the spacing of rows and columns, and is not called calibrated", () => {
    const spacing = pixelSpacing(detector);
    expect(spacing.caveat).toBe("detector");
    expect(lengthMm(spacing, [0, 0], [100, 0])).toBeCloseTo(8);
    expect(lengthMm(spacing, [0, 0], [0, 100])).toBeCloseTo(7);
  });

  it("is calibrated only where the header says so", () => {
    const same = { ...detector, "00280030": { vr: "DS", Value: [0.07, 0.08] } };
    expect(pixelSpacing(same).caveat).toBe("detector");
    expect(pixelSpacing({ ...same, "00280A02": { vr: "CS", Value: ["GEOMETRY"] } }).caveat).toBe(
      "calibratedGeometry",
    );
    expect(pixelSpacing({ "00280030": { vr: "DS", Value: [0.05, 0.05] } }).caveat).toBe("pixelSpacing");
  });

  it("has no millimetres where no attribute gives any", () => {
    expect(lengthMm(pixelSpacing({}), [0, 0], [5, 5])).toBeUndefined();
    expect(pixelSpacing({ "00280034": { vr: "IS", Value: [2, 1] } }).rowMm).toBe(2);
  });

  it("names the magnification of a magnified view", () => {
    expect(pixelSpacing({ ...detector, "00181114": { vr: "DS", Value: ["1.8"] } }).magnification).toBe(1.8);
  });
});
