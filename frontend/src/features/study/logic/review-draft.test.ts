import { describe, expect, it } from "vitest";

import type { Review, StudyImage } from "../api/types";
import { EXAMPLE_IMAGE } from "../testing/example-study";

import { emptyDraft, keptMarks, kindToWrite, markKey, ownKey, reviewOf, saysSomething, withoutJudgements } from "./review-draft";

const MARK = { centre: [0, 0], polygon: [[0, 0]], is_outline: true, score: 0.9, probability: 0.8 } satisfies StudyImage["marks"][number];
const IMAGE: StudyImage = { ...EXAMPLE_IMAGE, sop_instance_uid: "1.2", marks: [MARK, { ...MARK, score: 0.4 }] };

describe("a review", () => {
  it("says only what the reader said", () => {
    const draft = emptyDraft();
    draft.agreements[markKey("1.2", 1)] = "disagree";
    draft.breasts.R.birads = "4A";
    const drawn = [{ sopInstanceUid: "1.2", polygon: [[1, 2], [3, 4], [5, 6]] as const }]; // prettier-ignore
    const review = reviewOf("reading", draft, [IMAGE], drawn);
    expect(review.breasts).toEqual([{ laterality: "R", agreement: "none", birads: "4A", density: null }]);
    expect(review.findings).toEqual([
      { sop_instance_uid: "1.2", mark_index: 1, agreement: "disagree", polygon: null, text: "" },
      { sop_instance_uid: "1.2", mark_index: null, agreement: "none", polygon: [[1, 2], [3, 4], [5, 6]], text: "" }, // prettier-ignore
    ]);
  });

  it("without a word is not sent", () => {
    expect(saysSomething(reviewOf("reading", emptyDraft(), [IMAGE], []))).toBe(false);
  });
});

describe("a draft of a study that was analysed again", () => {
  it("keeps what the reader saw, and nothing that was said of the older results", () => {
    const draft = emptyDraft();
    draft.breasts.R = { agreement: "agree", birads: "4A", density: "c" };
    draft.agreements[markKey("1.2", 0)] = "agree";
    draft.texts[markKey("1.2", 0)] = "a fold";
    draft.texts[ownKey(0)] = "seen by me";
    draft.comment = "Spiculated.";
    expect(withoutJudgements(draft)).toEqual({
      ...emptyDraft(),
      breasts: { L: emptyDraft().breasts.L, R: { agreement: "none", birads: "4A", density: "c" } },
      texts: { [ownKey(0)]: "seen by me" },
      comment: "Spiculated.",
    });
  });
});

describe("the kind of a review", () => {
  it("is the chosen one while the node takes it, else the first that it takes", () => {
    expect(kindToWrite(["reading"], undefined)).toBe("reading");
    expect(kindToWrite(["reading", "arbitration"], "arbitration")).toBe("arbitration");
    expect(kindToWrite(["reading"], "first-impression")).toBe("reading");
    expect(kindToWrite([], "reading")).toBeUndefined();
  });
});

describe("marks that were drawn", () => {
  it("are shown again, and the AI's are not taken for them", () => {
    const finding = { sop_instance_uid: "1.2", agreement: "none" as const, text: "" };
    const own: [number, number][] = [[1, 2], [3, 4], [5, 6]]; // prettier-ignore
    const review: Review = {
      id: 1, reader: "alice", mine: true, round: 1, at: "2026-01-01T00:00:00Z", kind: "reading", ai_was_hidden: false, breasts: [], comment: "",
      findings: [{ ...finding, mark_index: 0, polygon: null }, { ...finding, mark_index: null, polygon: own }],
    }; // prettier-ignore
    expect(keptMarks([review])).toEqual([{ sopInstanceUid: "1.2", polygon: own }]);
  });
});
