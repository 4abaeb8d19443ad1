import { API } from "@/config/site";
import { ask } from "@/lib/api-client";

export interface Block {
  type: "heading" | "paragraph" | "list" | "question" | "note";
  text?: string;
  items?: string[];
}

export interface Message {
  id: number;
  sender: string;
  blocks: Block[];
  quick_replies: { id: string; label: string }[];
  created_at: string;
}

export interface Citation {
  id: string;
  guideline: string;
  version: string;
  paragraph: string;
  url: string;
  note: string;
}

export interface Assessment {
  id: number;
  level: string;
  title: string;
  how_soon: string;
  actions: string[];
  facts: { name: string; label: string; value_text: string }[];
  rules: Citation[];
  safety_netting: { title: string; items: string[]; emergency: string };
  disclaimers: string[];
  rule_set_version: string;
}

export type Audience = "patient" | "clinician";

/** What lets a person back into a conversation. It stays in this tab, and goes with it. */
export interface Key {
  id: string;
  token: string;
}

export interface Transcript {
  messages: Message[];
  /** What the conversation came to, as long as it stands. */
  assessment: Assessment | null;
}

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
  return ask<Key>(ADDRESS, { method: "POST", body: { language, audience } });
}

export function getTranscript(key: Key): Promise<Transcript> {
  return ask(`${ADDRESS}${key.id}/`, { headers: held(key) });
}

export function say(key: Key, saying: Saying): Promise<unknown> {
  return ask(`${ADDRESS}${key.id}/messages/`, { method: "POST", body: saying, headers: held(key) });
}

export function eraseConversation(key: Key): Promise<unknown> {
  return ask(`${ADDRESS}${key.id}/`, { method: "DELETE", headers: held(key) });
}

export function getQuestionnaireResponse(key: Key): Promise<unknown> {
  const headers = { ...held(key), Accept: "application/fhir+json, application/json" };
  return ask(`${ADDRESS}${key.id}/questionnaire-response/`, { headers });
}
