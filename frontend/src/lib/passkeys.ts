/** Old browsers, and pages without TLS, have no passkeys. */
export function knowsPasskeys(): boolean {
  return typeof PublicKeyCredential === "function" && "parseCreationOptionsFromJSON" in PublicKeyCredential;
}

/** Let the browser make a passkey; its public half, fit to be sent. Fails with DOMException where a person declines. */
export async function makePasskey(options: PublicKeyCredentialCreationOptionsJSON): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return asJson(await navigator.credentials.create({ publicKey }));
}

/** Let the browser sign with a passkey; what it signed, fit to be sent. Fails with DOMException where a person declines. */
export async function signWithPasskey(options: PublicKeyCredentialRequestOptionsJSON): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return asJson(await navigator.credentials.get({ publicKey }));
}

function asJson(made: Credential | null): unknown {
  if (!(made instanceof PublicKeyCredential)) throw new DOMException("There is no passkey.", "NotAllowedError");
  return made.toJSON() as unknown;
}
