import { Button, Checkbox, NumberInput, Stack, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { LONGEST_DAYS, SCOPES, USUAL_DAYS, type NewToken } from "../api/tokens";

const EMPTY: NewToken = { name: "", scopes: [], lasting: true, days: USUAL_DAYS };

interface Props {
  busy: boolean;
  onWanted: (wanted: NewToken, reset: () => void) => void;
}

export function NewTokenForm({ busy, onWanted }: Props) {
  const { t } = useTranslation("account");
  const [wanted, setWanted] = useState(EMPTY);
  const [lacksScope, setLacksScope] = useState(false);
  const take = (event: FormEvent) => {
    event.preventDefault();
    const isLacking = wanted.scopes.length === 0;
    setLacksScope(isLacking);
    if (isLacking) return;
    onWanted(wanted, () => {
      setWanted(EMPTY);
    });
  };
  return (
    <form onSubmit={take}>
      <Stack gap="sm" maw={480}>
        <TextInput label={t("newToken.name")} description={t("newToken.nameText")} required maxLength={100} value={wanted.name}
          onChange={(event) => {
            setWanted({ ...wanted, name: event.currentTarget.value });
          }} />
        <Checkbox.Group label={t("newToken.scopes")} value={wanted.scopes} error={lacksScope ? t("newToken.lacksScope") : undefined}
          onChange={(scopes) => {
            setWanted({ ...wanted, scopes });
          }}>
          <Stack gap="xs" mt="xs">
            {SCOPES.map((scope) => (
              <Checkbox key={scope} value={scope} label={t(`scope.${scope}`)} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Checkbox label={t("newToken.lasting")} description={t("newToken.lastingText")} checked={wanted.lasting}
          onChange={(event) => {
            setWanted({ ...wanted, lasting: event.currentTarget.checked });
          }} />
        {wanted.lasting && (
          <NumberInput label={t("newToken.days")} min={1} max={LONGEST_DAYS} allowDecimal={false} clampBehavior="strict" hideControls
            required value={wanted.days}
            onChange={(days) => {
              setWanted({ ...wanted, days: typeof days === "number" ? days : USUAL_DAYS });
            }} />
        )}
        <Button type="submit" loading={busy}>
          {t("newToken.make")}
        </Button>
      </Stack>
    </form>
  );
}
