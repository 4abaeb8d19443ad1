import { describe, expect, it } from "vitest";

import type { Review } from "../api/types";

import { emptyDraft, markKey, openKinds, readersDiffer, reviewOf, saysSomething } from "./review-draft";

const IMAGE = {
  sop_instance_uid: "1.2",
  laterality: "R",
  view: "CC",
  analysed: true,
  probability: 0.5,
  prediction: null,
  reason: null,
  marks: [
    { polygon: [[0, 0]] as [number, number][], score: 0.9 },
    { polygon: [[5, 5]] as [number, number][], score: 0.4 },
  ],
};

function reading(reader: string, birads: string): Review {
  const breasts = [{ laterality: "R" as const, agreement: "none" as const, birads, density: null }];
  return { kind: "reading", reader, at: "2026-01-01T00:00:00Z", breasts, findings: [], comment: "" };
}

describe("a review", () => {
  it("says only what the reader said", () => {
    const draft = emptyDraft("reading");
    draft.agreements[markKey("1.2", 1)] = "disagree";
    draft.breasts.R.birads = "4A";
    const drawn = [{ sopInstanceUid: "1.2", polygon: [[1, 2], [3, 4], [5, 6]] as const }]; // prettier-ignore
    const review = reviewOf(draft, [IMAGE], drawn);
    expect(review.breasts).toEqual([{ laterality: "R", agreement: "none", birads: "4A", density: null }]);
    expect(review.findings).toEqual([
      { sop_instance_uid: "1.2", mark_index: 1, agreement: "disagree", polygon: null, text: "" },
      { sop_instance_uid: "1.2", mark_index: null, agreement: "none", polygon: [[1, 2], [3, 4], [5, 6]], text: "" }, // prettier-ignore
    ]);
  });

  it("without a word is not sent", () => {
    expect(saysSomething(reviewOf(emptyDraft("reading"), [IMAGE], []))).toBe(false);
  });
});

describe("readers", () => {
  it("differ when their newest categories do", () => {
    expect(readersDiffer([reading("alice", "2"), reading("dora", "4A")])).toBe(true);
    expect(readersDiffer([reading("alice", "4A"), reading("dora", "2"), reading("alice", "2")])).toBe(false);
    expect(readersDiffer([reading("alice", "2")])).toBe(false);
  });

  it("may arbitrate only then, and give an impression only while the AI is hidden", () => {
    expect(openKinds(true, [])).toEqual(["first-impression"]);
    expect(openKinds(false, [reading("alice", "2")])).toEqual(["reading"]);
    expect(openKinds(false, [reading("alice", "2"), reading("dora", "3")])).toEqual([
      "reading",
      "arbitration",
    ]);
  });
});
