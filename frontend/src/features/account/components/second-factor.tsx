import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/ui/failure";
import { Waiting } from "@/components/ui/waiting";

import { beginTotp, factorsOptions, firstCodes, freshCodes, offeredOptions, removeTotp, type Factor } from "../api/factors";
import { useProof } from "../use-proof";
import { Passkeys } from "./passkeys";
import { RecoveryCodes } from "./recovery-codes";
import { Refusal } from "./refusal";
import { Section } from "./section";
import { SureButton } from "./sure-button";
import { TotpSetup } from "./totp-setup";

/** The second factor: an authenticator or passkeys, and the codes that stand in for them. */
export function SecondFactor({ isMissing }: { isMissing: boolean }) {
  const { t } = useTranslation("account");
  const offered = useQuery(offeredOptions);
  const factors = useQuery(factorsOptions);
  if (offered.isError || factors.isError) {
    const retry = () => {
      void offered.refetch();
      void factors.refetch();
    };
    return (
      <Section title={t("factor.title")}>
        <Failure error={offered.error ?? factors.error} onRetry={retry} />
      </Section>
    );
  }
  return (
    <Section title={t("factor.title")}>
      {isMissing && (
        <Alert color="yellow" variant="outline">
          {t("factor.required")}
        </Alert>
      )}
      {offered.isPending || factors.isPending ? (
        <Waiting />
      ) : (
        <Offered offered={offered.data} factors={factors.data} />
      )}
    </Section>
  );
}

function Offered({ offered, factors }: { offered: string[]; factors: Factor[] }) {
  const { t } = useTranslation("account");
  const client = useQueryClient();
  const [codes, setCodes] = useState<string[]>([]);
  const withProof = useProof();
  if (offered.length === 0) return <Text>{t("factor.off")}</Text>;
  const changed = async () => {
    await client.invalidateQueries({ queryKey: factorsOptions.queryKey });
    await client.invalidateQueries({ queryKey: ["me"] });
  };
  const added = async () => {
    // the first factor of an account brings recovery codes along, which the node tells once
    setCodes(await withProof(firstCodes));
    await changed();
  };
  return (
    <Stack gap="md">
      {offered.includes("totp") && (
        <Authenticator isOn={factors.some((factor) => factor.type === "totp")} onAdded={added} onRemoved={changed} />
      )}
      {offered.includes("webauthn") && (
        <Passkeys passkeys={factors.filter((factor) => factor.type === "webauthn")} onAdded={added} onRemoved={changed} />
      )}
      {codes.length > 0 && <RecoveryCodes codes={codes} />}
      {factors.some((factor) => factor.type !== "recovery_codes") && (
        <FreshCodes left={factors.find((factor) => factor.type === "recovery_codes")?.unused_code_count ?? 0}
          onMade={async (made) => {
            setCodes(made);
            await changed();
          }} />
      )}
    </Stack>
  );
}

interface AuthenticatorProps {
  isOn: boolean;
  onAdded: () => Promise<void>;
  onRemoved: () => Promise<void>;
}

function Authenticator({ isOn, onAdded, onRemoved }: AuthenticatorProps) {
  const { t } = useTranslation("account");
  const withProof = useProof();
  const beginning = useMutation({ mutationFn: () => withProof(beginTotp) });
  const removing = useMutation({ mutationFn: () => withProof(removeTotp), onSuccess: onRemoved });
  const secret = beginning.data ?? null;
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text>{t(isOn ? "totp.on" : "totp.none")}</Text>
        {isOn ? (
          <SureButton label={t("totp.remove")} busy={removing.isPending}
            onSure={() => {
              removing.mutate();
            }} />
        ) : (
          secret === null && (
            <Button size="xs" loading={beginning.isPending}
              onClick={() => {
                beginning.mutate();
              }}>
              {t("totp.begin")}
            </Button>
          )
        )}
      </Group>
      <Refusal error={beginning.error ?? removing.error} />
      {!isOn && secret !== null && (
        <TotpSetup secret={secret}
          onDone={async () => {
            beginning.reset();
            await onAdded();
          }} />
      )}
    </Stack>
  );
}

function FreshCodes({ left, onMade }: { left: number; onMade: (codes: string[]) => Promise<void> }) {
  const { t } = useTranslation("account");
  const withProof = useProof();
  const making = useMutation({ mutationFn: () => withProof(freshCodes), onSuccess: onMade });
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text>{t("codes.left", { count: left })}</Text>
        <SureButton label={t("codes.fresh")} busy={making.isPending}
          onSure={() => {
            making.mutate();
          }} />
      </Group>
      <Refusal error={making.error} />
    </Stack>
  );
}
