import { API } from "@/config/site";

import { writingHeaders } from "./api-client";

const PLACE = /https?:\/\/[^/\s)]+(\/[^\s?#):]*):(\d+):(\d+)/;
const LIMIT = 10;
let sent = 0;

function placeOf(line: string): string | null {
  const found = PLACE.exec(line);
  return found === null ? null : `${found[1] ?? ""}:${found[2] ?? ""}:${found[3] ?? ""}`;
}

/** Tell the node what broke in the page: kind and places, never the message, which may hold what a person typed. */
export function reportError(error: unknown): void {
  if (!(error instanceof Error) || sent >= LIMIT) return;
  const frames = (error.stack ?? "").split("\n").map(placeOf).filter((place) => place !== null);
  const place = frames[0];
  if (place === undefined) return;
  sent += 1;
  const body = JSON.stringify({ kind: error.constructor.name || error.name, place, frames: frames.slice(0, 30) });
  const headers = { "Content-Type": "application/json", "X-Background": "1", ...writingHeaders() };
  // where even the report fails there is nobody left to tell
  fetch(`${API}/monitoring/browser-errors/`, { method: "POST", headers, body }).catch(() => undefined);
}

export function watchErrors(): void {
  window.addEventListener("error", (event) => {
    reportError(event.error);
  });
  window.addEventListener("unhandledrejection", (event) => {
    reportError(event.reason);
  });
}
