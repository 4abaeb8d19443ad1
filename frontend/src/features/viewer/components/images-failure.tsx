import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconPhotoOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { ImageError, isFinal } from "../logic/errors";

interface Props {
  error: Error;
  onRetry: () => void;
}

/** Why a study shows no images; everything else of the study stands beside it. */
export function ImagesFailure({ error, onRetry }: Props) {
  const { t } = useTranslation("viewer");
  const { code, detail } = error instanceof ImageError ? error : { code: "unreadable", detail: "" };
  return (
    <Alert role="alert" color="yellow" variant="outline" icon={<IconPhotoOff aria-hidden="true" />} title={t("failure.title")}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {t(`failure.${code}`)} {detail !== "" && t("failure.status", { status: detail })}
        </Text>
        <Text size="sm">{t("failure.rest")}</Text>
        {!isFinal(error) && (
          <Button variant="default" size="xs" onClick={onRetry}>
            {t("retry")}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
