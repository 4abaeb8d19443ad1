import { sentenceOf } from "./api-error";

/**
 * What the sign-in part of the node answers, in allauth's form: an envelope with flows, data and errors.
 * Written by hand, as all that is read of `/_allauth/`: those answers are not in the node's own schema.
 */
export interface AccountAnswer {
  data?: { flows?: { id: string; is_pending?: boolean; types?: string[] }[] };
  errors?: { message?: string }[];
}

/** Return its sentences for the person; those of a problem document where it is one; empty where there are none. */
export function sentencesOf(body: unknown): string {
  const errors = (body as AccountAnswer | null)?.errors ?? [];
  const said = errors.map((each) => each.message ?? "").join(" ");
  return said === "" ? sentenceOf(body) : said;
}
