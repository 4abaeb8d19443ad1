import { Alert, Button, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { ACCOUNTS } from "@/config/site";
import { csrfToken } from "@/lib/api-client";
import { ApiError, OfflineError } from "@/lib/api-error";

import { getOffers, passkeyStep, signInStep, type Step } from "../api/sign-in";

interface Props {
  onDone: () => Promise<void>;
  timedOut: boolean;
}

export function SignInForm({ onDone, timedOut }: Props) {
  const { t } = useTranslation("session");
  const [step, setStep] = useState<Step>("done");
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState("");

  const ways = step === "done" ? [] : step.ways;
  const takesCode = ways.includes("code");

  function take(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const value = (name: string) => {
      const given = form.get(name);
      return typeof given === "string" ? given : "";
    };
    void go(() =>
      takesCode
        ? signInStep("/auth/2fa/authenticate", { code: value("code").trim() })
        : signInStep("/auth/login", { username: value("username").trim(), password: value("password") }),
    );
  }

  async function go(ask: () => Promise<Step>) {
    setBusy(true);
    setRefusal("");
    try {
      const next = await ask();
      if (next === "done") await onDone();
      setStep(next);
    } catch (error) {
      if (error instanceof OfflineError) setRefusal(t("offline"));
      else if (error instanceof DOMException) setRefusal(t("passkeyFailed"));
      else if (error instanceof ApiError && error.detail !== "") setRefusal(error.detail);
      else setRefusal(t(error instanceof ApiError && error.status === 429 ? "tooMany" : "failed"));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Paper withBorder p="xl" radius="md" maw={420} w="100%" mx="auto" mt="lg">
      <form onSubmit={take}>
        <Stack>
          <Title order={1} size="h2">
            {t("signIn")}
          </Title>
          {timedOut && (
            <Alert color="yellow" variant="outline" role="status">
              {t("timedOut")}
            </Alert>
          )}
          {refusal !== "" && (
            <Alert color="red" variant="outline" role="alert">
              {refusal}
            </Alert>
          )}
          {ways.includes("passkey") && (
            <Button loading={busy} onClick={() => void go(passkeyStep)} data-autofocus>
              {t("usePasskey")}
            </Button>
          )}
          {step === "done" && <NameFields key="name" />}
          {takesCode && <CodeField key="code" isFirst={!ways.includes("passkey")} />}
          {(step === "done" || takesCode) && (
            <Button type="submit" loading={busy} variant={ways.includes("passkey") ? "default" : "filled"}>
              {t(takesCode ? "check" : "signIn")}
            </Button>
          )}
        </Stack>
      </form>
      {step === "done" && <OtherWays />}
    </Paper>
  );
}

function NameFields() {
  const { t } = useTranslation("session");
  return (
    <>
      <TextInput name="username" label={t("username")} autoComplete="username" required data-autofocus />
      <PasswordInput name="password" label={t("password")} autoComplete="current-password" required
        visibilityToggleButtonProps={{ "aria-label": t("showPassword"), tabIndex: 0 }} />
    </>
  );
}

function CodeField({ isFirst }: { isFirst: boolean }) {
  const { t } = useTranslation("session");
  return (
    <>
      <Text>{t("codeText")}</Text>
      <TextInput name="code" label={t("code")} autoComplete="one-time-code" inputMode="numeric" required
        ref={isFirst ? (field) => field?.focus() : undefined} />
    </>
  );
}

/** A plain form: the browser itself goes to the other house and comes back. */
function OtherWays() {
  const { t } = useTranslation("session");
  const offers = useQuery({ queryKey: ["offers"], queryFn: getOffers, staleTime: Infinity });
  return (
    <Stack mt="md">
      {(offers.data?.providers ?? []).map((provider) => (
        <form key={provider.id} method="post" action={`${ACCOUNTS}/auth/provider/redirect`}>
          <input type="hidden" name="provider" value={provider.id} />
          <input type="hidden" name="callback_url" value={`${location.origin}/`} />
          <input type="hidden" name="process" value="login" />
          <input type="hidden" name="csrfmiddlewaretoken" value={csrfToken()} />
          <Button type="submit" variant="default" fullWidth>
            {t("signInWith", { name: provider.name })}
          </Button>
        </form>
      ))}
    </Stack>
  );
}
