import { Button, Checkbox, FileButton, Group, NativeSelect, Paper, Stack, Text, Title } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useRef, useState, type DragEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Fields } from "../api/send-upload";

const NOTHING_SAID: Fields = { laterality: "", view: "", store: false };

interface Props {
  onFiles: (files: File[], fields: Fields) => void;
}

/** Takes files by dropping or by a button. No kind is filtered: DICOM files often have no ending, the node looks inside. */
export function DropZone({ onFiles }: Props) {
  const { t } = useTranslation("upload");
  const [fields, setFields] = useState(NOTHING_SAID);
  const [isOver, setIsOver] = useState(false);
  const reset = useRef<() => void>(null);
  const take = (files: File[]) => {
    if (files.length > 0) onFiles(files, fields);
    // so that the same file can be chosen again
    reset.current?.();
  };
  const over = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(true);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    take([...event.dataTransfer.files]);
  };
  return (
    <Stack gap="sm">
      <FieldsBeside fields={fields} onChange={setFields} />
      <Paper withBorder p="lg" radius="md" role="group" aria-labelledby="drop-title" data-over={isOver || undefined}
        style={{ borderStyle: "dashed", borderWidth: 2, borderColor: isOver ? "var(--mantine-primary-color-filled)" : undefined }}
        onDragOver={over} onDrop={drop}
        onDragLeave={() => {
          setIsOver(false);
        }}>
        <Stack align="center" gap="xs">
          <IconUpload size={32} aria-hidden="true" />
          <Title order={2} size="h4" id="drop-title" ta="center">
            {t("drop.title")}
          </Title>
          <Text size="sm" ta="center">
            {t("drop.text")}
          </Text>
          <FileButton multiple onChange={take} resetRef={reset} inputProps={{ "aria-label": t("drop.choose") }}>
            {(props) => (
              <Button {...props} mih={44}>
                {t("drop.choose")}
              </Button>
            )}
          </FileButton>
        </Stack>
      </Paper>
    </Stack>
  );
}

function FieldsBeside({ fields, onChange }: { fields: Fields; onChange: (fields: Fields) => void }) {
  const { t } = useTranslation("upload");
  const sides = (["", "R", "L"] as const).map((value) => ({ value, label: t(`side.${value || "unknown"}`) }));
  const views = (["", "CC", "MLO"] as const).map((value) => ({ value, label: value || t("view.unknown") }));
  return (
    <Stack gap="xs">
      <Group grow align="flex-start">
        <NativeSelect label={t("side.label")} data={sides} value={fields.laterality}
          onChange={(event) => {
            onChange({ ...fields, laterality: event.currentTarget.value as Fields["laterality"] });
          }} />
        <NativeSelect label={t("view.label")} data={views} value={fields.view}
          onChange={(event) => {
            onChange({ ...fields, view: event.currentTarget.value as Fields["view"] });
          }} />
      </Group>
      <Text size="xs">{t("fieldsText")}</Text>
      <Checkbox label={t("store.label")} description={t("store.text")} checked={fields.store}
        onChange={(event) => {
          onChange({ ...fields, store: event.currentTarget.checked });
        }} />
    </Stack>
  );
}
