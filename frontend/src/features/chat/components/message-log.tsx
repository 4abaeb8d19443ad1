import { Button, List, Paper, Stack, Text, VisuallyHidden } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { Block, Message } from "../api/chat";
import { textOf } from "../save-file";

interface Props {
  messages: Message[];
  onCorrect: (text: string) => void;
}

/** Everything said so far; a screen reader reads out what comes. */
export function MessageLog({ messages, onCorrect }: Props) {
  const { t } = useTranslation("chat");
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [messages.length]);
  return (
    <Stack role="log" aria-live="polite" aria-label={t("log")} gap="sm">
      {messages.map((message) => {
        const own = message.sender === "person";
        return (
          <Paper key={message.id} withBorder p="sm" radius="md" maw="90%" style={{ alignSelf: own ? "flex-end" : "flex-start" }}>
            <VisuallyHidden>{t(own ? "you" : "chatbot")}</VisuallyHidden>
            <Stack gap="xs">
              {message.blocks.map((block, index) => (
                <BlockView key={index} block={block} />
              ))}
              {own && (
                <Button className="no-print" variant="subtle" size="compact-xs" style={{ alignSelf: "flex-end" }}
                  aria-label={t("correctThis", { text: textOf(message) })}
                  onClick={() => { onCorrect(textOf(message)); }}>
                  {t("correct")}
                </Button>
              )}
            </Stack>
          </Paper>
        );
      })}
      <div ref={end} />
    </Stack>
  );
}

function BlockView({ block }: { block: Block }) {
  if (block.type === "list") {
    return (
      <List>
        {(block.items ?? []).map((item) => (
          <List.Item key={item}>{item}</List.Item>
        ))}
      </List>
    );
  }
  const strong = block.type === "heading" || block.type === "question";
  return (
    <Text fw={strong ? 600 : undefined} size={block.type === "note" ? "sm" : undefined}>
      {block.text}
    </Text>
  );
}
