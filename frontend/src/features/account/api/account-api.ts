import { ACCOUNTS } from "@/config/site";
import { sentencesOf, type AccountAnswer } from "@/lib/account-answer";
import { jsonOf, send, type Asking } from "@/lib/api-client";
import { ApiError } from "@/lib/api-error";

export type Proof = "password" | "code";

interface Body extends AccountAnswer {
  meta?: { is_authenticated?: boolean };
}

/** The account is asked to prove itself again before this may be done. */
export class ProofNeeded extends Error {
  readonly proofs: readonly Proof[];

  constructor(proofs: readonly Proof[]) {
    super("proof needed");
    this.name = "ProofNeeded";
    this.proofs = proofs;
  }
}

function proofsOf(body: Body | null): Proof[] {
  const flows = (body?.data?.flows ?? []).map((flow) => flow.id);
  const proofs: Proof[] = [];
  if (flows.includes("reauthenticate")) proofs.push("password");
  if (flows.includes("mfa_reauthenticate")) proofs.push("code");
  return proofs;
}

/** Ask the node about sign-in matters; `also` names further statuses that are answers. Throws ProofNeeded, ApiError. */
export async function askAccount<Answer>(path: string, asking: Asking = {}, also: readonly number[] = []): Promise<Answer> {
  const response = await send(`${ACCOUNTS}${path}`, asking);
  const body = await jsonOf(response);
  if (response.ok || also.includes(response.status)) return body as Answer;
  const read = body as Body | null;
  if (response.status === 401 && read?.meta?.is_authenticated === true) throw new ProofNeeded(proofsOf(read));
  throw new ApiError(response.status, sentencesOf(read), body);
}

export async function prove(proof: Proof, given: string): Promise<void> {
  if (proof === "password") await askAccount("/auth/reauthenticate", { method: "POST", body: { password: given } });
  else await askAccount("/auth/2fa/reauthenticate", { method: "POST", body: { code: given.trim() } });
}

export async function changePassword(current: string, fresh: string): Promise<void> {
  const body = { current_password: current, new_password: fresh };
  await askAccount("/account/password/change", { method: "POST", body });
}
