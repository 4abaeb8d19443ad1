import { Button, Fieldset, Group, Stack, Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { formatPercent } from "@/lib/format";

import type { StudyImage } from "../api/types";
import { markKey, ownKey, type Draft, type DraftMark } from "../logic/review-draft";

import { AgreementField } from "./breast-fields";

interface Props {
  images: readonly StudyImage[];
  drawn: readonly DraftMark[];
  draft: Draft;
  onChange: (draft: Draft) => void;
  onRemove: (index: number) => void;
}

/** A word on each of the AI's marks, and on each that the reader drew. */
export function FindingFields({ images, drawn, draft, onChange, onRemove }: Props) {
  const { t } = useTranslation("study");
  const nameOf = (uid: string) => {
    const image = images.find((each) => each.sop_instance_uid === uid);
    return `${image?.laterality ?? t("unknownSide")} ${image?.view ?? t("unknownView")}`;
  };
  const write = (key: string, text: string) => {
    onChange({ ...draft, texts: { ...draft.texts, [key]: text } });
  };
  return (
    <Fieldset legend={t("review.findings")}>
      <Stack gap="sm">
        {images.flatMap((image) =>
          image.marks.map((mark, index) => {
            const key = markKey(image.sop_instance_uid, index);
            const name = t("review.aiMark", { number: index + 1, name: nameOf(image.sop_instance_uid) });
            const score = mark.score === null ? "" : ` (${formatPercent(mark.score)})`;
            return (
              <Stack gap={4} key={key}>
                <AgreementField
                  label={`${name}${score}`}
                  value={draft.agreements[key] ?? "none"}
                  onChange={(agreement) => {
                    onChange({ ...draft, agreements: { ...draft.agreements, [key]: agreement } });
                  }}
                />
                <TextInput
                  aria-label={t("review.textOn", { name })}
                  placeholder={t("review.text")}
                  value={draft.texts[key] ?? ""}
                  onChange={(event) => {
                    write(key, event.currentTarget.value);
                  }}
                />
              </Stack>
            );
          }),
        )}
        {drawn.map((mark, index) => {
          const name = t("review.ownMark", { number: index + 1, name: nameOf(mark.sopInstanceUid) });
          return (
            <Group key={index} align="flex-end" gap="xs">
              <TextInput
                flex={1}
                label={name}
                placeholder={t("review.text")}
                value={draft.texts[ownKey(index)] ?? ""}
                onChange={(event) => {
                  write(ownKey(index), event.currentTarget.value);
                }}
              />
              <Button
                variant="default"
                aria-label={t("review.removeMark", { name })}
                onClick={() => {
                  onRemove(index);
                }}
              >
                {t("review.remove")}
              </Button>
            </Group>
          );
        })}
        <Text size="sm">{t("review.howToMark")}</Text>
      </Stack>
    </Fieldset>
  );
}
