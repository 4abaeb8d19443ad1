import { Stack, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Item, UploadQueue } from "../upload-queue";
import { QueueItem } from "./queue-item";

export function QueueList({ items, queue }: { items: readonly Item[]; queue: UploadQueue }) {
  const { t } = useTranslation("upload");
  if (items.length === 0) return null;
  return (
    <Stack gap="sm" component="section" aria-labelledby="queue-title">
      <Title order={2} size="h3" id="queue-title">
        {t("queue.title")}
      </Title>
      {items.map((item) => (
        <QueueItem key={item.key} item={item} queue={queue} />
      ))}
    </Stack>
  );
}
