import type {
  Agreement,
  BreastReview,
  FindingReview,
  NewReview,
  Review,
  ReviewKind,
  StudyImage,
} from "../api/types";

/** A mark that the reader drew and has not sent yet. */
export interface DraftMark {
  sopInstanceUid: string;
  polygon: readonly (readonly [number, number])[];
}

export interface Draft {
  kind: ReviewKind;
  breasts: Record<"L" | "R", Omit<BreastReview, "laterality">>;
  /** What is said of the network's marks, by image and index. */
  agreements: Record<string, Agreement>;
  texts: Record<string, string>;
  comment: string;
}

const SILENT = { agreement: "none", birads: null, density: null } as const;

export function emptyDraft(kind: ReviewKind): Draft {
  return { kind, breasts: { L: { ...SILENT }, R: { ...SILENT } }, agreements: {}, texts: {}, comment: "" };
}

export function markKey(sopInstanceUid: string, index: number): string {
  return `${sopInstanceUid}/${String(index)}`;
}

export function ownKey(index: number): string {
  return `own/${String(index)}`;
}

/** The review as it is sent: only what the reader said something of. */
export function reviewOf(
  draft: Draft,
  images: readonly StudyImage[],
  drawn: readonly DraftMark[],
): NewReview {
  const judged = images.flatMap((image) =>
    (image.marks ?? []).flatMap((_, index): FindingReview[] => {
      const key = markKey(image.sop_instance_uid, index);
      const agreement = draft.agreements[key] ?? "none";
      const text = draft.texts[key] ?? "";
      if (agreement === "none" && text === "") return [];
      return [
        { sop_instance_uid: image.sop_instance_uid, mark_index: index, agreement, polygon: null, text },
      ];
    }),
  );
  const own = drawn.map(({ sopInstanceUid, polygon }, index): FindingReview => ({
    sop_instance_uid: sopInstanceUid,
    mark_index: null,
    agreement: "none",
    polygon: polygon.map(([x, y]) => [x, y]),
    text: draft.texts[ownKey(index)] ?? "",
  }));
  const breasts = (["R", "L"] as const)
    .map((laterality) => ({ laterality, ...draft.breasts[laterality] }))
    .filter((breast) => breast.agreement !== "none" || breast.birads !== null || breast.density !== null);
  return { kind: draft.kind, breasts, findings: [...judged, ...own], comment: draft.comment };
}

/** Nothing is sent that says nothing. */
export function saysSomething(review: NewReview): boolean {
  return review.breasts.length > 0 || review.findings.length > 0 || review.comment.trim() !== "";
}

/** The newest reading of each reader. */
export function readings(reviews: readonly Review[]): Review[] {
  const newest = new Map(
    reviews.filter(({ kind }) => kind === "reading").map((review) => [review.reader, review]),
  );
  return [...newest.values()];
}

/** Whether two readers put a breast into different BI-RADS categories; then a third has to arbitrate. */
export function readersDiffer(reviews: readonly Review[]): boolean {
  const [first, ...others] = readings(reviews);
  if (first === undefined) return false;
  return others.some((other) =>
    (["L", "R"] as const).some((side) => birads(first, side) !== birads(other, side)),
  );
}

function birads(review: Review, side: "L" | "R"): string | null {
  return review.breasts.find(({ laterality }) => laterality === side)?.birads ?? null;
}

/** Which kinds of review are open: an impression while the AI is hidden, an arbitration after readings that differ. */
export function openKinds(aiHidden: boolean, reviews: readonly Review[]): ReviewKind[] {
  if (aiHidden) return ["first-impression"];
  return readersDiffer(reviews) ? ["reading", "arbitration"] : ["reading"];
}
