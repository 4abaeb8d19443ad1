import { Button, CopyButton as Copying } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** Browsers let a page copy over TLS only; the text itself can be selected everywhere. */
export function CopyButton({ value }: { value: string }) {
  const { t } = useTranslation("account");
  if (!("clipboard" in navigator)) return null;
  return (
    <Copying value={value}>
      {({ copied, copy }) => (
        <Button variant="default" size="xs" onClick={copy}>
          <span aria-live="polite">{t(copied ? "copied" : "copy")}</span>
        </Button>
      )}
    </Copying>
  );
}
