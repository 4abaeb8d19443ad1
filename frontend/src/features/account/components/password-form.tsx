import { Alert, Button, PasswordInput, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { changePassword } from "../api/account-api";
import { useProof } from "../use-proof";
import { Refusal } from "./refusal";
import { Section } from "./section";

export function PasswordForm() {
  const { t } = useTranslation("account");
  const withProof = useProof();
  const [differs, setDiffers] = useState(false);
  const changing = useMutation({
    mutationFn: ({ current, fresh }: { current: string; fresh: string }) => withProof(() => changePassword(current, fresh)),
  });

  function take(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const element = event.currentTarget;
    const form = new FormData(element);
    const value = (name: string) => {
      const given = form.get(name);
      return typeof given === "string" ? given : "";
    };
    const isDifferent = value("fresh") !== value("again");
    setDiffers(isDifferent);
    changing.reset();
    if (isDifferent) return;
    const values = { current: value("current"), fresh: value("fresh") };
    changing.mutate(values, {
      onSuccess: () => {
        element.reset();
      },
    });
  }

  const eye = { "aria-label": t("showPassword"), tabIndex: 0 };
  return (
    <Section title={t("password.title")}>
      <form onSubmit={take}>
        <Stack maw={420}>
          <PasswordInput name="current" label={t("password.current")} autoComplete="current-password" required
            visibilityToggleButtonProps={eye} />
          <PasswordInput name="fresh" label={t("password.fresh")} description={t("password.rule")} autoComplete="new-password"
            required visibilityToggleButtonProps={eye} />
          <PasswordInput name="again" label={t("password.again")} autoComplete="new-password" required
            error={differs ? t("password.differs") : undefined} visibilityToggleButtonProps={eye} />
          <Refusal error={changing.error} />
          {changing.isSuccess && (
            <Alert role="status" color="teal" variant="outline">
              {t("password.done")}
            </Alert>
          )}
          <Button type="submit" loading={changing.isPending}>
            {t("password.change")}
          </Button>
        </Stack>
      </form>
    </Section>
  );
}
