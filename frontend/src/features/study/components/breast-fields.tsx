import { Fieldset, Group, NativeSelect, SegmentedControl, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { BIRADS, DENSITIES, type Agreement } from "../api/types";
import type { Draft } from "../logic/review-draft";

type Values = Draft["breasts"]["L"];

interface Props {
  laterality: "L" | "R";
  values: Values;
  /** Nothing can be agreed with while the AI's results are hidden. */
  withAgreement: boolean;
  onChange: (values: Values) => void;
}

export function BreastFields({ laterality, values, withAgreement, onChange }: Props) {
  const { t } = useTranslation("study");
  return (
    <Fieldset legend={t(`breast.${laterality}`)}>
      <Stack gap="xs">
        {withAgreement && (
          <AgreementField
            label={t("review.agreementWithBreast", { breast: t(`breast.${laterality}`) })}
            value={values.agreement}
            onChange={(agreement) => {
              onChange({ ...values, agreement });
            }}
          />
        )}
        <Group grow>
          <NativeSelect
            label={t("review.birads")}
            value={values.birads ?? ""}
            data={[{ value: "", label: t("review.notStated") }, ...BIRADS]}
            onChange={(event) => {
              onChange({ ...values, birads: chosenOf(BIRADS, event.currentTarget.value) });
            }}
          />
          <NativeSelect
            label={t("review.density")}
            value={values.density ?? ""}
            data={[{ value: "", label: t("review.notStated") }, ...DENSITIES]}
            onChange={(event) => {
              onChange({ ...values, density: chosenOf(DENSITIES, event.currentTarget.value) });
            }}
          />
        </Group>
      </Stack>
    </Fieldset>
  );
}

/** The empty choice is no word. */
function chosenOf<Each extends string>(choices: readonly Each[], value: string): Each | null {
  return choices.find((each) => each === value) ?? null;
}

interface AgreementProps {
  label: string;
  value: Agreement;
  onChange: (agreement: Agreement) => void;
}

export function AgreementField({ label, value, onChange }: AgreementProps) {
  const { t } = useTranslation("study");
  return (
    <div>
      <Text size="sm" component="div">
        {label}
      </Text>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label={label}
        value={value}
        onChange={(chosen) => {
          onChange(chosen as Agreement);
        }}
        data={(["none", "agree", "disagree"] as const).map((each) => ({
          value: each,
          label: t(`review.${each}`),
        }))}
      />
    </div>
  );
}
