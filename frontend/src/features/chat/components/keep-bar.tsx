import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/ui/failure";

import { eraseConversation, getQuestionnaireResponse, type Assessment, type Key, type Message } from "../api/chat";
import { plainText, saveFile } from "../save-file";

interface Props {
  held: Key;
  messages: Message[];
  assessment: Assessment | null;
  onErased: () => void;
}

/** Print, download, erase. */
export function KeepBar({ held, messages, assessment, onErased }: Props) {
  const { t } = useTranslation("chat");
  const [asking, setAsking] = useState(false);
  const erasing = useMutation({ mutationFn: () => eraseConversation(held), onSuccess: onErased });
  const fetching = useMutation({
    mutationFn: () => getQuestionnaireResponse(held),
    onSuccess: (resource) => {
      saveFile("questionnaire-response.json", JSON.stringify(resource, null, 2), "application/fhir+json");
    },
  });
  const saveText = () => {
    saveFile("conversation.txt", plainText(messages, assessment), "text/plain;charset=utf-8");
  };
  return (
    <Stack className="no-print" gap="xs">
      <Group gap="xs">
        <Button variant="default" onClick={() => { window.print(); }}>{t("print")}</Button>
        <Button variant="default" onClick={saveText}>{t("saveText")}</Button>
        <Button variant="default" loading={fetching.isPending} onClick={() => { fetching.mutate(); }}>{t("saveFhir")}</Button>
        <Button variant="outline" color="red" onClick={() => { setAsking(true); }}>{t("erase")}</Button>
      </Group>
      {fetching.isError && <Failure error={fetching.error} />}
      <Modal opened={asking} onClose={() => { setAsking(false); }} title={t("eraseTitle")}
        closeButtonProps={{ "aria-label": t("keep") }}>
        <Stack>
          <Text>{t("eraseText")}</Text>
          {erasing.isError && <Failure error={erasing.error} />}
          <Group>
            <Button variant="default" onClick={() => { setAsking(false); }}>{t("keep")}</Button>
            <Button color="red" loading={erasing.isPending} onClick={() => { erasing.mutate(); }}>{t("eraseNow")}</Button>
          </Group>
        </Stack>
      </Modal>
    </Stack>
  );
}
