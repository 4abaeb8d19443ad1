import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconLock, IconPlugConnectedX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { ApiError, OfflineError } from "@/lib/api-error";

interface Props {
  error: unknown;
  onRetry?: () => void;
}

function kindOf(error: unknown): "offline" | "refused" | "missing" | "broken" {
  if (error instanceof OfflineError) return "offline";
  if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return "refused";
  if (error instanceof ApiError && error.status === 404) return "missing";
  return "broken";
}

/** Says why there is nothing to see, in the node's own sentence where it gave one, and what to do. */
export function Failure({ error, onRetry }: Props) {
  const { t } = useTranslation();
  const kind = kindOf(error);
  const icons = { offline: IconPlugConnectedX, refused: IconLock, missing: IconAlertTriangle, broken: IconAlertTriangle };
  const Icon = icons[kind];
  const detail = error instanceof ApiError ? error.detail : "";
  return (
    <Alert role="alert" color={kind === "broken" ? "red" : "yellow"} icon={<Icon aria-hidden="true" />} variant="outline"
      title={t(`failure.${kind}.title`)}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{detail === "" ? t(`failure.${kind}.text`) : detail}</Text>
        {onRetry !== undefined && (
          <Group>
            <Button variant="default" size="xs" onClick={onRetry}>
              {t("retry")}
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}
