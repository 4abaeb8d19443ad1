import { API } from "@/config/site";
import { ask } from "@/lib/api-client";
import type { components } from "@/types/api";

type Schemas = components["schemas"];

export type Block = Schemas["Block"];
export type Message = Schemas["Reply"];
export type Citation = Schemas["Citation"];
export type Assessment = Schemas["Assessment"];
export type Audience = Schemas["AudienceEnum"];
export type Transcript = Schemas["Transcript"];

/** What lets a person back into a conversation. It stays in this tab, and goes with it. */
export type Key = Pick<Schemas["OpenedConversation"], "id" | "token">;

/** One of the two, which the schema cannot say. */
export type Saying = { text: string } | { quick_reply: string };

const ADDRESS = `${API}/chat/`;
const KEPT = "mammonode.chat";

export function readKey(): Key | null {
  const kept = sessionStorage.getItem(KEPT);
  return kept === null ? null : (JSON.parse(kept) as Key);
}

export function keepKey(key: Key): void {
  sessionStorage.setItem(KEPT, JSON.stringify({ id: key.id, token: key.token }));
}

export function forgetKey(): void {
  sessionStorage.removeItem(KEPT);
}

function held(key: Key): Record<string, string> {
  return { "X-Chat-Token": key.token };
}

export function openConversation(language: string, audience: Audience): Promise<Key> {
  return ask<Schemas["OpenedConversation"]>(ADDRESS, { method: "POST", body: { language, audience } });
}

export function getTranscript(key: Key): Promise<Transcript> {
  return ask<Transcript>(`${ADDRESS}${key.id}/`, { headers: held(key) });
}

export function say(key: Key, saying: Saying): Promise<unknown> {
  return ask<Schemas["Turn"]>(`${ADDRESS}${key.id}/messages/`, { method: "POST", body: saying, headers: held(key) });
}

export function eraseConversation(key: Key): Promise<unknown> {
  return ask(`${ADDRESS}${key.id}/`, { method: "DELETE", headers: held(key) });
}

export function getQuestionnaireResponse(key: Key): Promise<unknown> {
  const headers = { ...held(key), Accept: "application/fhir+json, application/json" };
  return ask(`${ADDRESS}${key.id}/questionnaire-response/`, { headers });
}
