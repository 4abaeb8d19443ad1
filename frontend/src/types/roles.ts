import type { components } from "./api";

export type Role = components["schemas"]["RolesEnum"];
export const ROLES = ["administrator", "radiologist", "clinician", "auditor", "service"] as const satisfies readonly Role[];
