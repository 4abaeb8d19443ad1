import { IconActivity, IconList, IconListSearch, IconMessage, IconUpload, IconUser, type Icon } from "@tabler/icons-react";

import type { Role } from "@/types/roles";

export interface Entry {
  path: string;
  key: string;
  icon: Icon;
  roles: readonly Role[];
}

/** What each role finds in the menu. The node itself refuses the rest. */
export const ENTRIES: readonly Entry[] = [
  { path: "/worklist", key: "worklist", icon: IconList, roles: ["administrator", "radiologist", "clinician"] },
  { path: "/upload", key: "upload", icon: IconUpload, roles: ["administrator", "radiologist", "clinician"] },
  { path: "/chat", key: "chat", icon: IconMessage, roles: ["administrator", "radiologist", "clinician"] },
  { path: "/monitoring", key: "monitoring", icon: IconActivity, roles: ["administrator"] },
  { path: "/audit", key: "audit", icon: IconListSearch, roles: ["administrator", "auditor"] },
];

export const ACCOUNT: Entry = { path: "/account", key: "account", icon: IconUser, roles: [] };

/** The admin lets in administrators, and auditors to the trail. */
export function mayOpenAdmin(roles: readonly Role[]): boolean {
  return roles.includes("administrator") || roles.includes("auditor");
}

export function entriesFor(roles: readonly Role[]): Entry[] {
  return ENTRIES.filter((entry) => entry.roles.some((role) => roles.includes(role)));
}
