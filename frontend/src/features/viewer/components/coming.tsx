import { Progress as Bar } from "@mantine/core";
import { useTranslation } from "react-i18next";

import type { Progress } from "../engine/frame";

/** How much has come, in per cent; undefined before the first byte. */
export function percentOf(progress: Progress | undefined): number | undefined {
  return progress && Math.floor((100 * progress.received) / progress.total);
}

/** A bar along the lower edge while the pixels of an image come; without a value until the node begins to send. */
export function Coming({ name, progress }: { name: string; progress: Progress | undefined }) {
  const { t } = useTranslation("viewer");
  const percent = percentOf(progress);
  return (
    <Bar.Root size="sm" radius={0} pos="absolute" bottom={0} left={0} right={0}>
      <Bar.Section
        value={percent ?? 100}
        animated={percent === undefined}
        withAria={false}
        role="progressbar"
        aria-label={t("loadingFull", { name })}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      />
    </Bar.Root>
  );
}
