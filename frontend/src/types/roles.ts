export const ROLES = ["administrator", "radiologist", "clinician", "auditor", "service"] as const;
export type Role = (typeof ROLES)[number];
