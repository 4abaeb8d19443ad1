import { jsonOf, send } from "./api-client";
import { ApiError, sentenceOf } from "./api-error";

interface Kept {
  tag: string;
  body: unknown;
}

const LIMIT = 20;
const kept = new Map<string, Kept>();

/** Read what is polled: an unchanged answer costs a 304 and returns the very same object. */
export async function readUnlessUnchanged<Body>(path: string, background: boolean, signal?: AbortSignal): Promise<Body> {
  const known = kept.get(path);
  const headers: Record<string, string> = known === undefined ? {} : { "If-None-Match": known.tag };
  const response = await send(path, { headers, background, signal });
  if (response.status === 304 && known !== undefined) return known.body as Body;
  const body = await jsonOf(response);
  if (!response.ok) throw new ApiError(response.status, sentenceOf(body), body);
  const tag = response.headers.get("ETag");
  kept.delete(path);
  if (tag !== null) kept.set(path, { tag, body });
  for (const oldest of kept.keys()) {
    if (kept.size <= LIMIT) break;
    kept.delete(oldest);
  }
  return body as Body;
}

/** Forget everything, as when somebody signs out. */
export function forgetKept(): void {
  kept.clear();
}
