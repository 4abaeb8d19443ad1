import { Button, Paper, Radio, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/ui/failure";
import { currentLanguage } from "@/lib/i18n";

import { keepKey, openConversation, type Audience, type Key } from "../api/chat";

/** Asks who speaks, and in which language, before the first message. */
export function StartForm({ onOpened }: { onOpened: (key: Key) => void }) {
  const { t } = useTranslation("chat");
  const [audience, setAudience] = useState<Audience>("patient");
  const [language, setLanguage] = useState<string>(currentLanguage());
  const opening = useMutation({
    mutationFn: () => openConversation(language, audience),
    onSuccess: (key) => {
      keepKey(key);
      onOpened(key);
    },
  });
  return (
    <Paper withBorder p="md" radius="md" maw={560}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          opening.mutate();
        }}
      >
        <Stack>
          <Text>{t("intro")}</Text>
          <Radio.Group label={t("audience")} value={audience} onChange={(value) => { setAudience(value as Audience); }}>
            <Stack gap="xs" mt="xs">
              <Radio value="patient" label={t("patient")} />
              <Radio value="clinician" label={t("clinician")} />
            </Stack>
          </Radio.Group>
          <Radio.Group label={t("language")} value={language} onChange={setLanguage}>
            <Stack gap="xs" mt="xs">
              <Radio value="en" label="English" lang="en" />
              <Radio value="fr" label="Français" lang="fr" />
            </Stack>
          </Radio.Group>
          {opening.isError && <Failure error={opening.error} />}
          <Button type="submit" loading={opening.isPending}>
            {t("start")}
          </Button>
        </Stack>
      </form>
    </Paper>
  );
}
