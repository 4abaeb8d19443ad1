import type { ViewerImage } from "../engine/viewer-image";

import type { Sheet } from "./geometry";
import { chestWall, hang, notHung, type Layout } from "./hanging";
import type { Laterality } from "./identity";

/** A cell of the grid: what belongs there, and what hangs there. */
export interface Cell {
  key: string;
  laterality: Laterality;
  view: string;
  prior: boolean;
  image: ViewerImage | undefined;
  sheet: Sheet | undefined;
}

export interface ScreenPlan {
  columns: number;
  cells: Cell[];
  left: ViewerImage[];
}

interface Wishes {
  layout: Exclude<Layout, "one">;
  showPrior: boolean;
  maximised: string | undefined;
  chosen: readonly string[];
}

/** Where everything hangs: the current study, and below it the prior in layouts of one row. */
export function planScreen(current: ViewerImage[], prior: ViewerImage[], wishes: Wishes): ScreenPlan {
  // four current views and four prior ones would be too small to read: a row of each
  const layout = wishes.showPrior && wishes.layout === "four" ? "cc" : wishes.layout;
  const hanging = hang(current, layout, wishes.chosen);
  const cells = cellsOf(current, hanging.places, false);
  if (wishes.showPrior) cells.push(...cellsOf(prior, hang(prior, layout, wishes.chosen).places, true));
  const only = cells.filter((cell) => cell.key === wishes.maximised);
  const left = notHung(current, hanging);
  return {
    columns: only.length > 0 ? 1 : hanging.columns,
    cells: only.length > 0 ? only : cells,
    left: current.filter((image) => left.includes(image)),
  };
}

function cellsOf(images: ViewerImage[], places: ReturnType<typeof hang>["places"], prior: boolean): Cell[] {
  return places.map(({ laterality, view, sopInstanceUid }) => {
    const image = images.find((candidate) => candidate.sopInstanceUid === sopInstanceUid);
    const key = `${prior ? "prior" : "current"}-${laterality}-${view}`;
    return { key, laterality, view, prior, image, sheet: image && sheetOf(image) };
  });
}

export function sheetOf(image: ViewerImage): Sheet {
  const { flipHorizontal, flipVertical, laterality } = image.identity;
  return {
    rows: image.rows,
    columns: image.columns,
    spacing: image.spacing,
    flipHorizontal,
    flipVertical,
    anchor: chestWall(laterality),
  };
}
