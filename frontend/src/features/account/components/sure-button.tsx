import { Button, Group } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  label: string;
  /** The label with the name of what goes, for who hears it alone. */
  fullLabel?: string;
  busy: boolean;
  onSure: () => void;
}

/** The pressed button is gone: a keyboard goes on at the one in its place. */
function takeFocus(button: HTMLButtonElement | null): void {
  button?.focus();
}

/** A button for what cannot be undone: the second press does it. */
export function SureButton({ label, fullLabel = label, busy, onSure }: Props) {
  const { t } = useTranslation("account");
  const [asked, setAsked] = useState(false);
  if (!asked) {
    return (
      <Button variant="default" size="xs" aria-label={fullLabel} loading={busy}
        onClick={() => {
          setAsked(true);
        }}>
        {label}
      </Button>
    );
  }
  return (
    <Group gap="xs" wrap="nowrap">
      <Button color="red" variant="outline" size="xs" aria-label={t("sureName", { label: fullLabel })} ref={takeFocus}
        onClick={() => {
          setAsked(false);
          onSure();
        }}>
        {t("sure", { label })}
      </Button>
      <Button variant="default" size="xs"
        onClick={() => {
          setAsked(false);
        }}>
        {t("keep")}
      </Button>
    </Group>
  );
}
