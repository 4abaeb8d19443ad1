import { Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Page } from "@/components/ui/page";

import { forgetKey, readKey, type Key } from "../api/chat";
import { StartForm } from "./start-form";
import { Talk } from "./talk";

/** The symptom chat: a patient needs no account for it. */
export function Chat() {
  const { t } = useTranslation(["chat", "common"]);
  const [held, setHeld] = useState<Key | null>(readKey);
  const leave = () => {
    forgetKey();
    setHeld(null);
  };
  return (
    <Page title={t("common:nav.chat")}>
      <Stack>
        <Text size="sm">{t("common:researchUse")}</Text>
        {held === null ? <StartForm onOpened={setHeld} /> : <Talk key={held.id} held={held} onOver={leave} />}
      </Stack>
    </Page>
  );
}
