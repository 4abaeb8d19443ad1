import { Button, Code, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { QRCodeSVG } from "qrcode.react";
import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { activateTotp, type Secret } from "../api/factors";
import { useProof } from "../use-proof";
import { CopyButton } from "./copy-button";
import { Refusal } from "./refusal";

/** The secret as a picture for a phone and as text for everything else; a code proves that it arrived. */
export function TotpSetup({ secret, onDone }: { secret: Secret; onDone: () => Promise<void> }) {
  const { t } = useTranslation("account");
  const withProof = useProof();
  const activating = useMutation({ mutationFn: (code: string) => withProof(() => activateTotp(code)), onSuccess: onDone });
  const take = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = new FormData(event.currentTarget).get("code");
    activating.mutate(typeof code === "string" ? code : "");
  };
  return (
    <form onSubmit={take}>
      <Stack gap="sm" maw={420}>
        <Text size="sm">{t("totp.text")}</Text>
        <QRCodeSVG value={secret.totp_url} size={192} marginSize={4} title={t("totp.picture")} />
        <Text size="sm">{t("totp.secret")}</Text>
        <Group gap="xs">
          <Code style={{ overflowWrap: "anywhere" }}>{secret.secret}</Code>
          <CopyButton value={secret.secret} />
        </Group>
        <TextInput name="code" label={t("totp.code")} autoComplete="one-time-code" inputMode="numeric" required />
        <Refusal error={activating.error} />
        <Button type="submit" loading={activating.isPending}>
          {t("totp.activate")}
        </Button>
      </Stack>
    </form>
  );
}
