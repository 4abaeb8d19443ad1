import { ApiError, OfflineError, sentenceOf } from "./api-error";

export interface Asking {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  headers?: Record<string, string>;
  /** Asked by a clock, not by a person: leaves the idle time alone. */
  background?: boolean;
  signal?: AbortSignal;
}

export interface Answer<Body> {
  body: Body;
  status: number;
  headers: Headers;
}

let offsetMs = 0;

/** Return the node's clock: session ends are told in it, and the clock of a reading room may be wrong. */
export function nodeNow(): number {
  return Date.now() + offsetMs;
}

export function csrfToken(): string {
  const found = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie);
  return found?.[1] ?? "";
}

/** The headers that every changing request of a session carries. */
export function writingHeaders(): Record<string, string> {
  return { "X-CSRFToken": csrfToken() };
}

/** Ask the node, and return the answer whatever its status is. */
export async function send(path: string, asking: Asking = {}): Promise<Response> {
  const method = asking.method ?? "GET";
  const headers: Record<string, string> = { Accept: "application/json", ...asking.headers };
  if (method !== "GET") Object.assign(headers, writingHeaders());
  if (asking.body !== undefined) headers["Content-Type"] = "application/json";
  if (asking.background) headers["X-Background"] = "1";
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: asking.body === undefined ? undefined : JSON.stringify(asking.body),
      signal: asking.signal,
      credentials: "same-origin",
    });
  } catch (error) {
    if (asking.signal?.aborted) throw error;
    throw new OfflineError();
  }
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (!Number.isNaN(date)) offsetMs = date - Date.now();
  return response;
}

/** Return the body of a response as JSON; null where there is none or it is something else. */
export async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** Ask the node for JSON; throw ApiError or OfflineError. */
export async function request<Body>(path: string, asking: Asking = {}): Promise<Answer<Body>> {
  const response = await send(path, asking);
  const body = await jsonOf(response);
  if (!response.ok) throw new ApiError(response.status, sentenceOf(body), body);
  return { body: body as Body, status: response.status, headers: response.headers };
}

/** Ask for JSON and return the body alone. */
export async function ask<Body>(path: string, asking: Asking = {}): Promise<Body> {
  return (await request<Body>(path, asking)).body;
}
