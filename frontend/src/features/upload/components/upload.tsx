import { Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import { Page } from "@/components/ui/page";

import { HISTORY_KEY } from "../api/result";
import { UploadQueue } from "../upload-queue";
import { DropZone } from "./drop-zone";
import { History } from "./history";
import { QueueList } from "./queue-list";

/** Images in, results out, and what was uploaded before. */
export function Upload() {
  const { t } = useTranslation("upload");
  const client = useQueryClient();
  const [queue] = useState(() => new UploadQueue(() => void client.invalidateQueries({ queryKey: HISTORY_KEY })));
  const items = useSyncExternalStore(queue.subscribe, queue.snapshot);
  useEffect(
    () => () => {
      queue.stop();
    },
    [queue],
  );
  return (
    <Page title={t("title")}>
      <Stack gap="lg" maw={960}>
        <DropZone
          onFiles={(files, fields) => {
            queue.add(files, fields);
          }}
        />
        <QueueList items={items} queue={queue} />
        <History />
      </Stack>
    </Page>
  );
}
