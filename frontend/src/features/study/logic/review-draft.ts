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
  /** Undefined until the reader chooses among several. */
  kind: ReviewKind | undefined;
  breasts: Record<"L" | "R", Omit<BreastReview, "laterality">>;
  /** What is said of the network's marks, by image and index. */
  agreements: Record<string, Agreement>;
  texts: Record<string, string>;
  comment: string;
}

const SILENT = { agreement: "none", birads: null, density: null } as const;

export function emptyDraft(): Draft {
  return { kind: undefined, breasts: { L: { ...SILENT }, R: { ...SILENT } }, agreements: {}, texts: {}, comment: "" };
}

/** What is left of a draft when the study was analysed again: nothing that spoke of the older results. */
export function withoutJudgements(draft: Draft): Draft {
  const own = Object.entries(draft.texts).filter(([key]) => key.startsWith("own/"));
  const { L, R } = draft.breasts;
  return {
    ...draft,
    breasts: { L: { ...L, agreement: "none" }, R: { ...R, agreement: "none" } },
    agreements: {},
    texts: Object.fromEntries(own),
  };
}

export function markKey(sopInstanceUid: string, index: number): string {
  return `${sopInstanceUid}/${String(index)}`;
}

export function ownKey(index: number): string {
  return `own/${String(index)}`;
}

/** The review as it is sent: only what the reader said something of. */
export function reviewOf(
  kind: ReviewKind,
  draft: Draft,
  images: readonly StudyImage[],
  drawn: readonly DraftMark[],
): Omit<NewReview, "round"> {
  const judged = images.flatMap((image) =>
    image.marks.flatMap((_, index): FindingReview[] => {
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
  return { kind, breasts, findings: [...judged, ...own], comment: draft.comment };
}

/** Nothing is sent that says nothing. */
export function saysSomething(review: Omit<NewReview, "round">): boolean {
  return review.breasts.length > 0 || review.findings.length > 0 || review.comment.trim() !== "";
}

/** The kind that the form begins with, or goes on with: the one chosen, while the node still takes it. */
export function kindToWrite(open: readonly ReviewKind[], chosen: ReviewKind | undefined): ReviewKind | undefined {
  return chosen !== undefined && open.includes(chosen) ? chosen : open[0];
}

/** The marks that readers drew and the node keeps, to be shown on the images. */
export function keptMarks(reviews: readonly Review[]): DraftMark[] {
  return reviews.flatMap(({ findings }) =>
    findings.flatMap(({ sop_instance_uid: sopInstanceUid, polygon }) =>
      polygon === null ? [] : [{ sopInstanceUid, polygon }],
    ),
  );
}
