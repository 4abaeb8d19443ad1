import { items, text, texts, type DicomHeader } from "./dicom-json";
import { TAG } from "./tags";

export type Laterality = "L" | "R";

/** Which breast and view an image shows and how it lies, with nothing guessed silently. */
export interface ViewIdentity {
  laterality: Laterality | undefined;
  view: string | undefined;
  modifiers: string[];
  /** Mirroring that hangs the image as it is read: chest wall to the middle, head or lateral side up. */
  flipHorizontal: boolean;
  flipVertical: boolean;
  orientation: "stated" | "assumed" | "turned";
}

/** CID 4014, SCT and the SRT codes of objects made before 2018; as in `dicom_node/geometry.py`. */
// prettier-ignore
const VIEW_OF_CODE: Record<string, string> = {
  '399162004': 'CC', 'R-10242': 'CC',
  '399368009': 'MLO', 'R-10226': 'MLO',
  '399260004': 'ML', 'R-10224': 'ML',
  '399352003': 'LM', 'R-10228': 'LM',
  '399099002': 'LMO', 'R-10230': 'LMO',
  '399192008': 'XCCL', 'R-1024A': 'XCCL',
  '399101009': 'XCCM', 'R-1024B': 'XCCM',
  '399196006': 'FB', 'R-10244': 'FB',
  '399188001': 'SIO', 'R-102D0': 'SIO',
  '441555000': 'ISO', 'R-40AAA': 'ISO',
  '127457009': 'SPECIMEN', 'G-8310': 'SPECIMEN',
};
const VIEWS = new Set(Object.values(VIEW_OF_CODE));
const AXIAL_VIEWS = new Set(["CC", "XCCL", "XCCM", "FB"]);

export function viewIdentity(header: DicomHeader): ViewIdentity {
  const laterality = lateralityOf(header);
  const view = viewOf(header);
  const modifiers = items(header, TAG.viewCodeSequence)
    .flatMap((item) => items(item, TAG.viewModifierCodeSequence))
    .map((item) => text(item, TAG.codeMeaning) ?? text(item, TAG.codeValue) ?? "")
    .filter((meaning) => meaning !== "");
  return { laterality, view, modifiers, ...mirroring(header, laterality, view) };
}

function lateralityOf(header: DicomHeader): Laterality | undefined {
  const value = text(header, TAG.imageLaterality) ?? text(header, TAG.laterality);
  return value === "L" || value === "R" ? value : undefined;
}

function viewOf(header: DicomHeader): string | undefined {
  for (const item of items(header, TAG.viewCodeSequence)) {
    const view = VIEW_OF_CODE[text(item, TAG.codeValue) ?? ""];
    if (view !== undefined) return view;
  }
  const position = text(header, TAG.viewPosition)?.toUpperCase();
  if (position !== undefined && VIEWS.has(position)) return position;
  const orientation = texts(header, TAG.patientOrientation);
  const only = orientation.length === 1 ? orientation[0]?.toUpperCase() : undefined;
  return only !== undefined && VIEWS.has(only) ? only : undefined;
}

type Mirroring = Pick<ViewIdentity, "flipHorizontal" | "flipVertical" | "orientation">;

/**
 * The right breast hangs on the left with its chest wall to the right, so its rows run to posterior; those
 * of the left breast run to anterior. Columns of axial views run from lateral to medial, others to the foot.
 */
function mirroring(
  header: DicomHeader,
  laterality: Laterality | undefined,
  view: string | undefined,
): Mirroring {
  const [row = "", column = ""] = texts(header, TAG.patientOrientation).map((value) => value.toUpperCase());
  if (!isDirection(row) || !isDirection(column)) {
    return { flipHorizontal: false, flipVertical: false, orientation: "assumed" };
  }
  if (row.includes("A") === row.includes("P")) {
    return { flipHorizontal: false, flipVertical: false, orientation: "turned" };
  }
  return {
    flipHorizontal: laterality === undefined ? false : row.includes(laterality === "R" ? "A" : "P"),
    flipVertical: isUpsideDown(column, laterality, view),
    orientation: "stated",
  };
}

function isDirection(letters: string): boolean {
  return /^[APLRHF]+$/.test(letters);
}

function isUpsideDown(column: string, laterality: Laterality | undefined, view: string | undefined): boolean {
  if (!(view !== undefined && AXIAL_VIEWS.has(view)) && /[FH]/.test(column)) return column.includes("H");
  return laterality !== undefined && column.includes(laterality);
}
