import { describe, expect, it } from "vitest";

import type { DicomHeader } from "./dicom-json";
import { ImageError } from "./errors";
import { applyTable, greyLevels } from "./grey-levels";
import { pixelForm } from "./pixel-form";
import reference from "./reference.json";
import { shown } from "./window-level";

interface Case {
  name: string;
  source: string;
  header: DicomHeader;
  cells: number[];
  levels: number[];
}

const CASES = reference as unknown as Case[];

function header(name: string): DicomHeader {
  const found = CASES.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(name);
  return structuredClone(found.header);
}

describe("grey levels", () => {
  it.each(CASES)("on screen are those of the reference conversion: $name", (entry) => {
    const grey = greyLevels(entry.header, pixelForm(entry.header));
    expect(grey.source).toBe(entry.source);
    const drawn = entry.cells.map((cell) => shown(grey.table[cell] ?? -1, grey.initial));
    const expected = entry.levels.map((level) => level / 257);
    drawn.forEach((value, index) => {
      expect(Math.abs(value - (expected[index] ?? -1))).toBeLessThanOrEqual(0.51);
    });
  });

  it("keep what lies outside the window, for a reader who opens it", () => {
    const grey = greyLevels(
      header("LINEAR, MONOCHROME2, unsigned"),
      pixelForm(header("LINEAR, MONOCHROME2, unsigned")),
    );
    expect(grey.table[2]).toBeGreaterThan(grey.table[1] ?? 0);
    expect(shown(grey.table[2] ?? 0, grey.initial)).toBe(0);
  });

  it("refuse a polarity that contradicts itself", () => {
    const contradiction = header("LINEAR, MONOCHROME1, unsigned");
    contradiction["20500020"] = { vr: "CS", Value: ["IDENTITY"] };
    expect(() => greyLevels(contradiction, pixelForm(contradiction))).toThrow(ImageError);
  });

  it("refuse a VOI function that the standard does not know", () => {
    const unknown = header("SIGMOID, MONOCHROME2, unsigned");
    unknown["00281056"] = { vr: "CS", Value: ["GAMMA"] };
    expect(() => greyLevels(unknown, pixelForm(unknown))).toThrow(/unknownVoiFunction/);
  });

  it("refuse a look-up table that is shorter than it says", () => {
    const short = header("LUT, MONOCHROME2, unsigned");
    const item = short["00283010"]?.Value?.[0] as DicomHeader;
    item["00283006"] = { vr: "OW", InlineBinary: btoa("\0\0") };
    expect(() => greyLevels(short, pixelForm(short))).toThrow(/malformedLut/);
  });

  it("are looked up by the cell, whatever sign the decoder gave it", () => {
    const table = Uint16Array.from({ length: 65_536 }, (_, cell) => cell);
    const into = new Uint16Array(2);
    applyTable(Int16Array.of(-1, 5), table, into);
    expect([...into]).toEqual([65_535, 5]);
  });
});
