import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { ViewerImage } from "../engine/viewer-image";

import classes from "./viewer.module.css";

interface Props {
  images: readonly ViewerImage[];
  onChoose: (sopInstanceUid: string) => void;
}

/** Images that no place of the layout shows; those with codes can take the place of their view. */
export function NotHung({ images, onChoose }: Props) {
  const { t } = useTranslation("viewer");
  if (images.length === 0) return null;
  return (
    <Group className={classes.toolbar} gap="xs" role="group" aria-label={t("notHung")}>
      <span>{t("notHung")}</span>
      {images.map((image) => {
        const { laterality, view, modifiers } = image.identity;
        const name = [laterality ?? t("unknownLaterality"), view ?? t("unknownView"), ...modifiers].join(" ");
        return (
          <Button
            key={image.sopInstanceUid}
            size="xs"
            variant="default"
            disabled={laterality === undefined || view === undefined}
            onClick={() => {
              onChoose(image.sopInstanceUid);
            }}
          >
            {name}
          </Button>
        );
      })}
    </Group>
  );
}
