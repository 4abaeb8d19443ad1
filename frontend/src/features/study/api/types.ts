import type { components } from "@/types/api";

type Schemas = components["schemas"];

/** The study as `GET /api/v1/studies/{uid}/` gives it. */
export type Study = Schemas["StudyDetail"];
/** How far the study is read, and which kinds of review the node would take of this user now. */
export type ReadingState = Schemas["Reading"];
export type StudyImage = Schemas["StudyImage"];
export type TimelineEvent = Schemas["TimelineEvent"];
export type StudyReport = Schemas["StudyReport"];
export type StudyAssessment = Schemas["StudyAssessment"];

/** A report in words. */
export type ReportContent = Schemas["ReportContent"];
export type ReportLine = Schemas["ReportLine"];

export type Agreement = Schemas["AgreementEnum"];
export type ReviewKind = Schemas["ReviewKind"];
export const BIRADS = ["0", "1", "2", "3", "4A", "4B", "4C", "5", "6"] as const satisfies readonly Schemas["BiradsEnum"][];
export const DENSITIES = ["a", "b", "c", "d"] as const satisfies readonly Schemas["DensityEnum"][];

export type BreastReview = Schemas["BreastSaid"];
export type FindingReview = Schemas["FindingSaid"];
/** A review as it was taken. */
export type Review = Schemas["Review"];
export type Reviews = Schemas["ReviewList"];

/** What a reader says; once it is sent nothing changes it. Everything is said here: the node's defaults are not used. */
export interface NewReview extends Required<Schemas["NewReviewRequest"]> {
  breasts: BreastReview[];
  findings: FindingReview[];
}

export const OUTCOMES = [
  "recall", "no-recall", "biopsy-benign", "biopsy-malignant", "follow-up",
] as const satisfies readonly Schemas["OutcomeKind"][];

export type NewOutcome = Required<Schemas["NewOutcomeRequest"]>;
export type Outcome = Schemas["Outcome"];
export type Outcomes = Schemas["OutcomeList"];
