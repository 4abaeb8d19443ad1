import { Alert } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { ApiError, OfflineError } from "@/lib/api-error";

import { Declined } from "../use-proof";

function kindOf(error: unknown): "offline" | "tooMany" | "ended" | "failed" {
  if (error instanceof OfflineError) return "offline";
  if (error instanceof ApiError && error.status === 429) return "tooMany";
  if (error instanceof ApiError && (error.status === 401 || error.status === 410)) return "ended";
  return "failed";
}

/** Why something was not done, in the node's own sentence where it gave one. */
export function Refusal({ error }: { error: unknown }) {
  const { t } = useTranslation("account");
  if (error === null || error instanceof Declined) return null;
  const detail = error instanceof ApiError ? error.detail : "";
  const said = error instanceof DOMException ? t("refusal.browser") : t(`refusal.${kindOf(error)}`);
  return (
    <Alert role="alert" color="red" variant="outline">
      {detail === "" ? said : detail}
    </Alert>
  );
}
