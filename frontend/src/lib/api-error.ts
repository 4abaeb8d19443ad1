/** An answer of the node that is no success, with its sentence for the person (RFC 9457). */
export class ApiError extends Error {
  readonly status: number;
  readonly detail: string;
  readonly body: unknown;

  constructor(status: number, detail: string, body: unknown = null) {
    super(`HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.detail = detail;
    this.body = body;
  }
}

/** The node could not be reached at all. */
export class OfflineError extends Error {
  constructor() {
    super("offline");
    this.name = "OfflineError";
  }
}

/** Return the sentence of a problem document; empty where the body is none. */
export function sentenceOf(body: unknown): string {
  if (typeof body !== "object" || body === null || !("detail" in body)) return "";
  return typeof body.detail === "string" ? body.detail : "";
}
