/** The study as `GET /api/v1/studies/{uid}/` gives it. */
export interface Study {
  study_instance_uid: string;
  state: string;
  round: number;
  patient_id?: string;
  patient_name?: string;
  patient_birth_date?: string | null;
  accession_number: string;
  study_date?: string | null;
  site?: { id: number; name: string } | null;
  failure: { stage: string; reason: string } | null;
  images: StudyImage[];
  breasts: Breast[];
  probability: number | null;
  prediction: string | null;
  operating_point: string | null;
  operating_point_reached?: boolean | null;
  threshold?: number | null;
  model: { name: string; version: string; sha256: string } | null;
  timeline?: TimelineEvent[];
  reports: StudyReport[];
  priors: Prior[];
  assessments?: Assessment[];
  permissions?: Permissions;
  reading?: ReadingState;
  first_impression_recorded?: boolean;
  ai_hidden?: boolean;
}

/** How far the study is read, and which kinds of review the node would take of this user now. */
export interface ReadingState {
  state: "none" | "first" | "second" | "differs" | "final";
  readers: string[];
  open_kinds: ReviewKind[];
}

export interface Permissions {
  review: boolean;
  outcome: boolean;
  staff_actions: boolean;
  share: boolean;
}

export interface Mark {
  polygon: [number, number][];
  score: number | null;
  probability?: number | null;
}

export interface StudyImage {
  sop_instance_uid: string;
  laterality: string | null;
  view: string | null;
  analysed: boolean;
  probability: number | null;
  prediction: string | null;
  reason: string | null;
  marks?: Mark[];
  has_saliency?: boolean;
  input_ready?: boolean;
}

export interface Breast {
  laterality: string;
  probability: number | null;
  prediction?: string | null;
  label?: string | null;
}

export interface TimelineEvent {
  event: string;
  at: string;
  round?: number | null;
  detail: string | null;
  attempts: number | null;
  error: string | null;
}

export interface StudyReport {
  sop_instance_uid: string;
  kind: string;
  round: number;
  created_at?: string;
  html_url?: string | null;
  dicom_url?: string | null;
}

export interface Prior {
  study_instance_uid: string;
  study_date: string;
  state: string;
  images_expected: number | null;
  images_here: number;
  reason: string | null;
  visible?: boolean;
}

export interface Assessment {
  id: number;
  level: string;
  language: string;
  audience: string;
  created_at: string;
  attached_at: string | null;
  attached_by: string | null;
}

/** A part of a report in words. */
export interface ReportLine {
  label: string;
  value: string | null;
  children?: ReportLine[];
}

export interface ReportContent {
  title: string;
  items: ReportLine[];
}

export type Agreement = "agree" | "disagree" | "none";
export type ReviewKind = "first-impression" | "reading" | "arbitration";
export const BIRADS = ["0", "1", "2", "3", "4A", "4B", "4C", "5", "6"] as const;
export const DENSITIES = ["a", "b", "c", "d"] as const;

export interface BreastReview {
  laterality: "L" | "R";
  agreement: Agreement;
  birads: string | null;
  density: string | null;
}

export interface FindingReview {
  sop_instance_uid: string;
  mark_index: number | null;
  agreement: Agreement;
  polygon: [number, number][] | null;
  text: string;
}

/** What a reader says; once it is sent nothing changes it. */
export interface NewReview {
  kind: ReviewKind;
  breasts: BreastReview[];
  findings: FindingReview[];
  comment: string;
}

export interface Review extends NewReview {
  id: number;
  reader: string;
  mine: boolean;
  at: string;
  ai_was_hidden: boolean;
}

export interface Reviews {
  results: Review[];
  /** Others have spoken; their words are shown after the reader's own. */
  withheld: boolean;
}

export const OUTCOMES = ["recall", "no-recall", "biopsy-benign", "biopsy-malignant", "follow-up"] as const;

export interface NewOutcome {
  kind: (typeof OUTCOMES)[number];
  laterality: "L" | "R" | null;
  happened_on: string;
  text: string;
}

export interface Outcome extends NewOutcome {
  id: number;
  entered_by: string;
  at: string;
}

export interface Outcomes {
  results: Outcome[];
  /** Others entered something; it is shown after the reader's own reading. */
  withheld: boolean;
}
