/** Addresses of the node, and how often its screens ask again. */
export const API = "/api/v1";
export const ACCOUNTS = "/_allauth/browser/v1";
export const WORKLIST_POLL_MS = 5_000;
export const SESSION_POLL_MS = 30_000;
export const STATUS_POLL_MS = 60_000;
/** After how long a waiting screen says that the node is slow. */
export const SLOW_AFTER_MS = 4_000;
/** How long before the end of the session the warning opens. */
export const WARN_BEFORE_SECONDS = 60;
/** What a person does here counts as presence, and is told to the node this often at most. */
export const PRESENCE_EVERY_MS = 60_000;
