import { queryOptions } from "@tanstack/react-query";

import { makePasskey } from "@/lib/passkeys";

import { askAccount } from "./account-api";

// allauth's answers are not in the node's schema: these are written by hand, as its documentation gives them
export interface Factor {
  type: "totp" | "recovery_codes" | "webauthn";
  id?: number;
  name?: string;
  created_at: number;
  last_used_at: number | null;
  unused_code_count?: number;
}

export interface Secret {
  secret: string;
  totp_url: string;
}

export const factorsOptions = queryOptions({
  queryKey: ["account", "factors"],
  queryFn: async () => (await askAccount<{ data: Factor[] }>("/account/authenticators")).data,
});

/** Which factors this node takes; none where they are switched off. */
export const offeredOptions = queryOptions({
  queryKey: ["account", "offered"],
  queryFn: async () => {
    const { data } = await askAccount<{ data: { mfa?: { supported_types?: string[] } } }>("/config");
    return data.mfa?.supported_types ?? [];
  },
  staleTime: Infinity,
});

const TOTP = "/account/authenticators/totp";
const CODES = "/account/authenticators/recovery-codes";
const PASSKEYS = "/account/authenticators/webauthn";

/** 404 is how the node says that there is no authenticator yet; the new secret comes with it. */
export async function beginTotp(): Promise<Secret | null> {
  const { meta } = await askAccount<{ meta?: Partial<Secret> }>(TOTP, {}, [404]);
  if (meta?.secret === undefined || meta.totp_url === undefined) return null;
  return { secret: meta.secret, totp_url: meta.totp_url };
}

export async function activateTotp(code: string): Promise<void> {
  await askAccount(TOTP, { method: "POST", body: { code: code.trim() } });
}

export async function removeTotp(): Promise<void> {
  await askAccount(TOTP, { method: "DELETE" });
}

/** The codes that came with a first factor; empty where they were shown before or there are none. */
export async function firstCodes(): Promise<string[]> {
  const { data } = await askAccount<{ data?: { unused_codes?: string[] } }>(CODES, {}, [404]);
  return data?.unused_codes ?? [];
}

export async function freshCodes(): Promise<string[]> {
  const { data } = await askAccount<{ data: { unused_codes: string[] } }>(CODES, { method: "POST", body: {} });
  return data.unused_codes;
}

interface Creation {
  data: { creation_options: { publicKey: PublicKeyCredentialCreationOptionsJSON } };
}

/** Let the browser make a passkey, and give the node its public half. Fails with DOMException where a person declines. */
export async function addPasskey(name: string): Promise<void> {
  const { data } = await askAccount<Creation>(PASSKEYS);
  const credential = await makePasskey(data.creation_options.publicKey);
  await askAccount(PASSKEYS, { method: "POST", body: { name, credential } });
}

export async function removePasskey(id: number): Promise<void> {
  await askAccount(PASSKEYS, { method: "DELETE", body: { authenticators: [id] } });
}
