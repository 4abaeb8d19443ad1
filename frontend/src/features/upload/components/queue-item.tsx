import { Alert, Button, Group, Paper, Progress, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { SLOW_AFTER_MS } from "@/config/site";
import { ApiError, OfflineError } from "@/lib/api-error";
import { formatBytes, formatPercent } from "@/lib/format";

import { hasEnded, type Item, type UploadQueue } from "../upload-queue";
import { ResultCard } from "./result-card";

/** One file on its way: how far it is, what came of it, and what can be done. */
export function QueueItem({ item, queue }: { item: Item; queue: UploadQueue }) {
  const { t } = useTranslation("upload");
  const name = item.file.name;
  return (
    <Paper withBorder p="md" radius="md" component="article" aria-label={name}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div style={{ minWidth: 0 }}>
            <Text fw={600} style={{ overflowWrap: "anywhere" }}>
              {name}
            </Text>
            <Text size="sm">{formatBytes(item.file.size)}</Text>
          </div>
          <Actions item={item} queue={queue} />
        </Group>
        <Text size="sm" role="status">
          <StateText item={item} />
        </Text>
        {(item.state === "sending" || item.state === "scoring") && (
          <Progress value={item.share * 100} animated={item.state === "scoring"} aria-label={t("queue.progress", { name })} />
        )}
        {item.state === "refused" && <Refusal error={item.error} />}
        {item.result !== null && <ResultCard result={item.result} preview={item.preview} />}
      </Stack>
    </Paper>
  );
}

function Actions({ item, queue }: { item: Item; queue: UploadQueue }) {
  const { t } = useTranslation("upload");
  const name = item.file.name;
  const mayRetry = item.state === "refused" || item.state === "cancelled" || item.state === "paused";
  return (
    <Group gap="xs" justify="flex-end">
      {mayRetry && (
        <Button variant="default" size="xs" aria-label={t("queue.retryName", { name })}
          onClick={() => {
            queue.retry(item.key);
          }}>
          {t("queue.retry")}
        </Button>
      )}
      {hasEnded(item) ? (
        <Button variant="default" size="xs" aria-label={t("queue.removeName", { name })}
          onClick={() => {
            queue.remove(item.key);
          }}>
          {t("queue.remove")}
        </Button>
      ) : (
        <Button variant="default" size="xs" aria-label={t("queue.cancelName", { name })}
          onClick={() => {
            queue.cancel(item.key);
          }}>
          {t("queue.cancel")}
        </Button>
      )}
    </Group>
  );
}

function StateText({ item }: { item: Item }) {
  const { t } = useTranslation("upload");
  if (item.state === "scoring") return <Scoring />;
  if (item.state === "paused" && item.resumesAt !== null) return <Paused until={item.resumesAt} />;
  return t(`state.${item.state}`, { share: formatPercent(item.share) });
}

function Scoring() {
  const { t } = useTranslation("upload");
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSlow(true);
    }, SLOW_AFTER_MS);
    return () => {
      clearTimeout(timer);
    };
  }, []);
  return t(slow ? "state.slow" : "state.scoring");
}

/** The countdown is not read out each second: only its first number is in the live text. */
function Paused({ until }: { until: number }) {
  const { t } = useTranslation("upload");
  const [seconds] = useState(() => Math.max(0, Math.ceil((until - Date.now()) / 1000)));
  return t("state.paused", { count: seconds });
}

function Refusal({ error }: { error: unknown }) {
  const { t } = useTranslation("upload");
  const detail = error instanceof ApiError ? error.detail : "";
  const kind = error instanceof OfflineError ? "offline" : "broken";
  return (
    <Alert role="alert" color="red" variant="outline" title={t("refused.title")}>
      {detail === "" ? <span>{t(`refused.${kind}`)}</span> : <span lang="en">{detail}</span>}
    </Alert>
  );
}
