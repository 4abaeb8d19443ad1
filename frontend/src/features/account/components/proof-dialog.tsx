import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useCallback, useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { prove, ProofNeeded, type Proof } from "../api/account-api";
import { Declined, ProofContext, type WithProof } from "../use-proof";
import { Refusal } from "./refusal";

interface Question {
  proofs: readonly Proof[];
  given: () => void;
  declined: () => void;
}

/** Asks for the password or a code again where the node wants it, and then goes on with what was begun. */
export function ProofProvider({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const withProof = useCallback<WithProof>(async (action) => {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ProofNeeded)) throw error;
      await new Promise<void>((resolve, reject) => {
        setQuestion({
          proofs: error.proofs,
          given: resolve,
          declined: () => {
            reject(new Declined());
          },
        });
      }).finally(() => {
        setQuestion(null);
      });
      return action();
    }
  }, []);
  return (
    <ProofContext value={withProof}>
      {children}
      {question !== null && <ProofDialog question={question} />}
    </ProofContext>
  );
}

function ProofDialog({ question }: { question: Question }) {
  const { t } = useTranslation(["account", "common"]);
  const [proof, setProof] = useState<Proof>(question.proofs[0] ?? "password");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const other = question.proofs.find((each) => each !== proof);

  async function take(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const given = new FormData(event.currentTarget).get("proof");
    setBusy(true);
    setError(null);
    try {
      await prove(proof, typeof given === "string" ? given : "");
      question.given();
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  }

  return (
    <Modal opened onClose={question.declined} title={t("proof.title")} centered transitionProps={{ duration: 0 }}
      closeButtonProps={{ "aria-label": t("close") }}>
      <form onSubmit={(event) => void take(event)}>
        <Stack>
          <Text size="sm">{t("proof.text")}</Text>
          <Refusal error={error} />
          {proof === "password" ? (
            <PasswordInput key="password" name="proof" label={t("proof.password")} autoComplete="current-password" required data-autofocus
              visibilityToggleButtonProps={{ "aria-label": t("showPassword"), tabIndex: 0 }} />
          ) : (
            <TextInput key="code" name="proof" label={t("proof.code")} autoComplete="one-time-code" required data-autofocus />
          )}
          <Group justify="flex-end">
            {other !== undefined && (
              <Button variant="subtle"
                onClick={() => {
                  setProof(other);
                }}>
                {t(`proof.with.${other}`)}
              </Button>
            )}
            <Button variant="default" onClick={question.declined}>
              {t("common:cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {t("proof.go")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
