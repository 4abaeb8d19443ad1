import { createContext, useContext } from "react";

export type WithProof = <Answer>(action: () => Promise<Answer>) => Promise<Answer>;

export const ProofContext = createContext<WithProof>((action) => action());

/** Returns a function that does something, after asking for the password or a code where the node wants one. */
export function useProof(): WithProof {
  return useContext(ProofContext);
}

/** A person closed the question for the password: nothing was done, nothing is wrong. */
export class Declined extends Error {
  constructor() {
    super("declined");
    this.name = "Declined";
  }
}
