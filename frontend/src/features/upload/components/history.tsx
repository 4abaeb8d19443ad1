import { Button, Group, Modal, NativeSelect, Pagination, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/ui/failure";
import { Nothing } from "@/components/ui/nothing";
import { Waiting } from "@/components/ui/waiting";
import { formatPercent, formatTime } from "@/lib/format";

import { EVERYTHING, PAGE_SIZE, resultOptions, useHistory, type Narrowing, type Result } from "../api/result";
import { ResultCard } from "./result-card";

const FORMATS = ["PNG", "JPEG", "TIFF", "DICOM"];

/** What this account uploaded before; each opens its result. */
export function History() {
  const { t } = useTranslation("upload");
  const [narrowing, setNarrowing] = useState(EVERYTHING);
  const [opened, setOpened] = useState<number | null>(null);
  return (
    <Stack gap="sm" component="section" aria-labelledby="history-title">
      <Title order={2} size="h3" id="history-title">
        {t("history.title")}
      </Title>
      <Filters narrowing={narrowing} onChange={setNarrowing} />
      <Rows narrowing={narrowing} onOpen={setOpened}
        onPage={(page) => {
          setNarrowing({ ...narrowing, page });
        }} />
      <Modal opened={opened !== null} title={t("history.result")} size="lg" transitionProps={{ duration: 0 }}
        closeButtonProps={{ "aria-label": t("history.close") }}
        onClose={() => {
          setOpened(null);
        }}>
        {opened !== null && <OneResult id={opened} />}
      </Modal>
    </Stack>
  );
}

function Filters({ narrowing, onChange }: { narrowing: Narrowing; onChange: (narrowing: Narrowing) => void }) {
  const { t } = useTranslation("upload");
  const set = (name: "prediction" | "format" | "from" | "to") => (event: { currentTarget: { value: string } }) => {
    onChange({ ...narrowing, page: 1, [name]: event.currentTarget.value });
  };
  const any = { value: "", label: t("history.any") };
  const predictions = ["Benign", "Malignant"].map((value) => ({ value, label: t(`prediction.${value}`) }));
  return (
    <Group gap="sm" align="flex-end">
      <NativeSelect label={t("history.prediction")} data={[any, ...predictions]} value={narrowing.prediction} onChange={set("prediction")} />
      <NativeSelect label={t("history.format")} data={[any, ...FORMATS]} value={narrowing.format} onChange={set("format")} />
      <TextInput type="date" label={t("history.from")} value={narrowing.from} onChange={set("from")} />
      <TextInput type="date" label={t("history.to")} value={narrowing.to} onChange={set("to")} />
    </Group>
  );
}

interface RowsProps {
  narrowing: Narrowing;
  onOpen: (id: number) => void;
  onPage: (page: number) => void;
}

function Rows({ narrowing, onOpen, onPage }: RowsProps) {
  const { t } = useTranslation("upload");
  const history = useHistory(narrowing);
  if (history.isPending) return <Waiting />;
  if (history.isError) return <Failure error={history.error} onRetry={() => void history.refetch()} />;
  const { count, results } = history.data;
  if (count === 0) {
    const isNarrowed = JSON.stringify(narrowing) !== JSON.stringify(EVERYTHING);
    return <Nothing title={t(isNarrowed ? "history.noMatch" : "history.none")} />;
  }
  const pages = Math.ceil(count / PAGE_SIZE);
  return (
    <Stack gap="xs">
      <Text size="sm" role="status">
        {t("history.count", { count })}
      </Text>
      <ul style={{ listStyle: "none", margin: 0, padding: 0 }}>
        {results.map((result) => (
          <li key={result.id}>
            <Row result={result} onOpen={onOpen} />
          </li>
        ))}
      </ul>
      {pages > 1 && (
        <Pagination total={pages} value={narrowing.page} onChange={onPage} aria-label={t("history.pages")}
          getItemProps={(page) => ({ "aria-label": t("history.page", { page }) })}
          getControlProps={(control) => ({ "aria-label": t(`history.${control}`) })} />
      )}
    </Stack>
  );
}

function Row({ result, onOpen }: { result: Result; onOpen: (id: number) => void }) {
  const { t } = useTranslation("upload");
  const at = formatTime(result.created_at);
  const where = [result.laterality, result.view, result.image_format].filter((each) => each !== null).join(" ");
  return (
    <Paper withBorder p="sm" mb="xs" radius="md">
      <Group justify="space-between" wrap="nowrap">
        <div>
          <Text fw={600}>
            {t(`prediction.${result.prediction}`)} · {formatPercent(result.malignancy_probability, 1)}
          </Text>
          <Text size="sm">
            {at} · {where}
          </Text>
        </div>
        <Button variant="default" size="xs" aria-label={t("history.openOne", { id: result.id, at })}
          onClick={() => {
            onOpen(result.id);
          }}>
          {t("history.open")}
        </Button>
      </Group>
    </Paper>
  );
}

function OneResult({ id }: { id: number }) {
  const result = useQuery(resultOptions(id));
  if (result.isPending) return <Waiting />;
  if (result.isError) return <Failure error={result.error} onRetry={() => void result.refetch()} />;
  return <ResultCard result={result.data} />;
}
