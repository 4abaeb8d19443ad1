import type { Laterality, ViewIdentity } from "./identity";

/** What the hanging needs to know of an image. */
export interface Hangable {
  sopInstanceUid: string;
  identity: ViewIdentity;
}

export type Layout = "four" | "cc" | "mlo" | "right" | "left" | "one";
export const LAYOUTS: readonly Layout[] = ["four", "cc", "mlo", "right", "left"];

/** A place on the screen: which breast and view belongs there, and the image that hangs there. */
export interface Place {
  laterality: Laterality;
  view: string;
  sopInstanceUid: string | undefined;
}

export interface Hanging {
  columns: number;
  places: Place[];
}

const PLACES: Record<Exclude<Layout, "one">, { columns: number; places: [Laterality, string][] }> = {
  four: {
    columns: 2,
    places: [
      ["R", "CC"],
      ["L", "CC"],
      ["R", "MLO"],
      ["L", "MLO"],
    ],
  },
  cc: {
    columns: 2,
    places: [
      ["R", "CC"],
      ["L", "CC"],
    ],
  },
  mlo: {
    columns: 2,
    places: [
      ["R", "MLO"],
      ["L", "MLO"],
    ],
  },
  right: {
    columns: 2,
    places: [
      ["R", "CC"],
      ["R", "MLO"],
    ],
  },
  left: {
    columns: 2,
    places: [
      ["L", "CC"],
      ["L", "MLO"],
    ],
  },
};

/**
 * Hang the images as mammography is read: right breast left, left breast right, back to back.
 *
 * Of several images of a view the first without modifiers hangs; `chosen` puts another one in its place.
 */
export function hang(
  images: Hangable[],
  layout: Exclude<Layout, "one">,
  chosen: readonly string[] = [],
): Hanging {
  const { columns, places } = PLACES[layout];
  return {
    columns,
    places: places.map(([laterality, view]) => ({
      laterality,
      view,
      sopInstanceUid: imageFor(images, laterality, view, chosen)?.sopInstanceUid,
    })),
  };
}

function imageFor(
  images: Hangable[],
  laterality: Laterality,
  view: string,
  chosen: readonly string[],
): Hangable | undefined {
  const candidates = images.filter(
    ({ identity }) => identity.laterality === laterality && stands(identity, view),
  );
  return (
    candidates.find(({ sopInstanceUid }) => chosen.includes(sopInstanceUid)) ??
    candidates.find(({ identity }) => identity.modifiers.length === 0 && identity.view === view) ??
    candidates[0]
  );
}

/** Lateral views stand where the oblique one would, exaggerated ones where the cranio-caudal one would. */
function stands(identity: ViewIdentity, view: string): boolean {
  const standIns: Record<string, string[]> = {
    CC: ["CC", "XCCL", "XCCM", "FB"],
    MLO: ["MLO", "ML", "LM", "LMO", "SIO", "ISO"],
  };
  return identity.view !== undefined && (standIns[view]?.includes(identity.view) ?? false);
}

/** Images that no layout shows: without a code for breast or view, or a second one of its kind. */
export function notHung(images: Hangable[], hanging: Hanging): Hangable[] {
  const hung = new Set(hanging.places.map((place) => place.sopInstanceUid));
  return images.filter((image) => !hung.has(image.sopInstanceUid));
}

/** The edge at which the chest wall lies in a hung image. */
export function chestWall(laterality: Laterality | undefined): "left" | "right" | undefined {
  if (laterality === undefined) return undefined;
  return laterality === "R" ? "right" : "left";
}
