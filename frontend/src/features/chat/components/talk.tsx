import { Button, Group, Stack, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/ui/failure";
import { Waiting } from "@/components/ui/waiting";
import { ApiError } from "@/lib/api-error";

import { getTranscript, say, type Key, type Saying } from "../api/chat";
import { AssessmentCard } from "./assessment-card";
import { KeepBar } from "./keep-bar";
import { MessageLog } from "./message-log";

interface Props {
  held: Key;
  onOver: () => void;
}

/** Over: erased, expired, or never this person's. */
function isOver(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.status === 410 || error.status === 404);
}

export function Talk({ held, onOver }: Props) {
  const { t } = useTranslation("chat");
  const client = useQueryClient();
  const queryKey = ["chat", held.id];
  const transcript = useQuery({ queryKey, queryFn: () => getTranscript(held), gcTime: 0 });
  const [text, setText] = useState("");
  const [correcting, setCorrecting] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const saying = useMutation({
    mutationFn: (said: Saying) => say(held, said),
    onSuccess: async (_, said) => {
      if ("text" in said) setText("");
      setCorrecting(false);
      await client.invalidateQueries({ queryKey });
      box.current?.focus();
    },
  });
  const gone = [saying.error, transcript.error].find(isOver);
  if (gone !== undefined) {
    return (
      <Stack align="flex-start">
        <Failure error={gone} />
        <Button onClick={onOver}>{t("again")}</Button>
      </Stack>
    );
  }
  if (transcript.isPending) return <Waiting />;
  if (transcript.data === undefined) return <Failure error={transcript.error} onRetry={() => void transcript.refetch()} />;
  const { messages, assessment } = transcript.data;
  const send = () => {
    if (text.trim() !== "" && !saying.isPending) saying.mutate({ text: text.trim() });
  };
  const correct = (earlier: string) => {
    setText(earlier);
    setCorrecting(true);
    box.current?.focus();
  };
  return (
    <Stack maw={760} w="100%">
      <MessageLog messages={messages} onCorrect={correct} />
      {assessment !== null && <AssessmentCard assessment={assessment} />}
      <Group className="no-print" gap="xs" role="group" aria-label={t("replies")}>
        {(messages.at(-1)?.quick_replies ?? []).map((reply) => (
          <Button key={reply.id} variant="default" disabled={saying.isPending}
            onClick={() => { saying.mutate({ quick_reply: reply.id }); }}>
            {reply.label}
          </Button>
        ))}
      </Group>
      {saying.isError && <Failure error={saying.error} />}
      <form
        className="no-print"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <Stack gap="xs">
          <Textarea ref={box} label={t(correcting ? "yourCorrection" : "yourMessage")} value={text} rows={2}
            description={t(correcting ? "correctionHint" : "messageHint")}
            onChange={(event) => { setText(event.currentTarget.value); }}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
              event.preventDefault();
              send();
            }} />
          <Button type="submit" loading={saying.isPending}>
            {t("send")}
          </Button>
        </Stack>
      </form>
      <KeepBar held={held} messages={messages} assessment={assessment} onErased={onOver} />
    </Stack>
  );
}
