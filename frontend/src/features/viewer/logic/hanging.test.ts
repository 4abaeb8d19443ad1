import { describe, expect, it } from "vitest";

import { hang, notHung, type Hangable } from "./hanging";
import { viewIdentity, type Laterality } from "./identity";
import type { DicomHeader } from "./dicom-json";

function header(laterality: string, code: string, orientation: string[], modifier?: string): DicomHeader {
  const modifiers = modifier === undefined ? [] : [{ "00080104": { vr: "LO", Value: [modifier] } }];
  return {
    "00200062": { vr: "CS", Value: [laterality] },
    "00200020": { vr: "CS", Value: orientation },
    "00540220": {
      vr: "SQ",
      Value: [{ "00080100": { vr: "SH", Value: [code] }, "00540222": { vr: "SQ", Value: modifiers } }],
    },
  };
}

function image(
  uid: string,
  laterality: Laterality | undefined,
  view: string | undefined,
  modifiers: string[] = [],
): Hangable {
  const lie = { flipHorizontal: false, flipVertical: false, orientation: "stated" } as const;
  return { sopInstanceUid: uid, identity: { laterality, view, modifiers, ...lie } };
}

const FOUR = [
  image("lm", "L", "MLO"),
  image("rc", "R", "CC"),
  image("rm", "R", "MLO"),
  image("lc", "L", "CC"),
];

describe("the hanging", () => {
  it("puts right and left back to back, cranio-caudal above oblique, whatever the order of arrival", () => {
    expect(hang(FOUR, "four").places.map((place) => place.sopInstanceUid)).toEqual(["rc", "lc", "rm", "lm"]);
  });

  it("puts oblique beside cranio-caudal of one breast on request", () => {
    expect(hang(FOUR, "left").places.map((place) => place.sopInstanceUid)).toEqual(["lc", "lm"]);
  });

  it("leaves a place empty rather than fill it with another breast", () => {
    const hanging = hang(FOUR.slice(1), "four");
    expect(hanging.places[3]).toEqual({ laterality: "L", view: "MLO", sopInstanceUid: undefined });
  });

  it("prefers the plain view to a magnified one, and names what does not hang", () => {
    const images = [image("spot", "R", "CC", ["Spot Compression"]), ...FOUR, image("odd", undefined, "CC")];
    const hanging = hang(images, "four");
    expect(hanging.places[0]?.sopInstanceUid).toBe("rc");
    expect(notHung(images, hanging).map((left) => left.sopInstanceUid)).toEqual(["spot", "odd"]);
  });

  it("hangs the image that the reader chose", () => {
    const images = [...FOUR, image("spot", "R", "CC", ["Spot Compression"])];
    expect(hang(images, "cc", ["spot"]).places[0]?.sopInstanceUid).toBe("spot");
  });
});

describe("the lie of an image", () => {
  it.each([
    ["R", "399162004", ["P", "L"], false, false],
    ["R", "399162004", ["A", "L"], true, false],
    ["L", "399162004", ["A", "R"], false, false],
    ["L", "399162004", ["P", "L"], true, true],
    ["R", "399368009", ["P", "FL"], false, false],
    ["L", "R-10226", ["A", "HL"], false, true],
  ])("of %s %s with orientation %s mirrors %s and turns over %s", (side, code, orientation, across, down) => {
    const identity = viewIdentity(header(side, code, orientation));
    expect([identity.flipHorizontal, identity.flipVertical, identity.orientation]).toEqual([
      across,
      down,
      "stated",
    ]);
  });

  it("is called assumed where the header is silent, and turned where rows do not run to the nipple", () => {
    expect(viewIdentity(header("R", "399162004", [])).orientation).toBe("assumed");
    expect(viewIdentity(header("R", "399162004", ["L", "A"])).orientation).toBe("turned");
  });

  it("names the modifiers of the view, and no breast for images of both", () => {
    const identity = viewIdentity(header("B", "399162004", ["P", "L"], "Magnification"));
    expect([identity.laterality, identity.modifiers]).toEqual([undefined, ["Magnification"]]);
  });
});
