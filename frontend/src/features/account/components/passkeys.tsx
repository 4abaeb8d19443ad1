import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { formatTime } from "@/lib/format";
import { knowsPasskeys } from "@/lib/passkeys";

import { addPasskey, removePasskey, type Factor } from "../api/factors";
import { useProof } from "../use-proof";
import { Refusal } from "./refusal";
import { SureButton } from "./sure-button";

interface Props {
  passkeys: Factor[];
  onAdded: () => Promise<void>;
  onRemoved: () => Promise<void>;
}

export function Passkeys({ passkeys, onAdded, onRemoved }: Props) {
  const { t } = useTranslation("account");
  const withProof = useProof();
  const adding = useMutation({ mutationFn: (name: string) => withProof(() => addPasskey(name)), onSuccess: onAdded });
  const removing = useMutation({ mutationFn: (id: number) => withProof(() => removePasskey(id)), onSuccess: onRemoved });
  const take = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = new FormData(event.currentTarget).get("name");
    adding.mutate(typeof name === "string" ? name.trim() : "");
  };
  return (
    <Stack gap="xs">
      <Text>{t("passkeys.count", { count: passkeys.length })}</Text>
      {passkeys.map(({ id, name = "", created_at }) => (
        <Group key={id} justify="space-between">
          <Text size="sm">{t("passkeys.one", { name, at: formatTime(new Date(created_at * 1000).toISOString()) })}</Text>
          <SureButton label={t("passkeys.remove")} fullLabel={t("passkeys.removeName", { name })} busy={removing.isPending}
            onSure={() => {
              if (id !== undefined) removing.mutate(id);
            }} />
        </Group>
      ))}
      {knowsPasskeys() ? (
        <form onSubmit={take}>
          <Group align="flex-end">
            <TextInput name="name" label={t("passkeys.name")} required maxLength={100} />
            <Button type="submit" variant="default" loading={adding.isPending}>
              {t("passkeys.add")}
            </Button>
          </Group>
        </form>
      ) : (
        <Text size="sm">{t("passkeys.unknown")}</Text>
      )}
      <Refusal error={adding.error ?? removing.error} />
    </Stack>
  );
}
