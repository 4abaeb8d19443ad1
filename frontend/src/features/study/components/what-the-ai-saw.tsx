import { Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { studyAddress } from "../api/get-study";
import type { StudyImage } from "../api/types";

interface Props {
  uid: string;
  images: readonly StudyImage[];
  /** The picture of an image as it is presented; undefined where it is not known. */
  presentationUrl: (sopInstanceUid: string) => string | undefined;
}

/** The exact input of the network beside the image as it is presented. */
export function WhatTheAiSaw({ uid, images, presentationUrl }: Props) {
  const { t } = useTranslation("study");
  const ready = images.filter((image) => image.analysed && image.input_ready);
  const [chosen, setChosen] = useState<string | null>(null);
  const image = ready.find((candidate) => candidate.sop_instance_uid === chosen) ?? ready[0];
  if (image === undefined) return <Text>{t("input.none")}</Text>;
  const name = nameOf(image);
  const presented = presentationUrl(image.sop_instance_uid);
  return (
    <Stack gap="sm">
      <Select
        label={t("input.image")}
        value={image.sop_instance_uid}
        onChange={setChosen}
        allowDeselect={false}
        data={ready.map((each) => ({ value: each.sop_instance_uid, label: nameOf(each) }))}
      />
      <SimpleGrid cols={2}>
        <figure style={{ margin: 0 }}>
          {presented !== undefined && (
            <img src={presented} alt={t("input.presentedAlt", { name })} width="100%" />
          )}
          <figcaption>{t("input.presented")}</figcaption>
        </figure>
        <figure style={{ margin: 0 }}>
          <img
            src={`${studyAddress(uid)}images/${image.sop_instance_uid}/input.png`}
            alt={t("input.tensorAlt", { name })}
            width="100%"
          />
          <figcaption>{t("input.tensor")}</figcaption>
        </figure>
      </SimpleGrid>
      <Text size="sm">{t("input.note")}</Text>
    </Stack>
  );
}

function nameOf(image: StudyImage): string {
  return `${image.laterality ?? "?"} ${image.view ?? "?"}`;
}
