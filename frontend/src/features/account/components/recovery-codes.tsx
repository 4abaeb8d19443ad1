import { Alert, Code, SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { CopyButton } from "./copy-button";

/** Shown this once. */
export function RecoveryCodes({ codes }: { codes: string[] }) {
  const { t } = useTranslation("account");
  return (
    <Alert color="yellow" variant="outline" role="alert" title={t("codes.title")}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t("codes.text")}</Text>
        <SimpleGrid cols={2} spacing="xs">
          {codes.map((code) => (
            <Code key={code}>{code}</Code>
          ))}
        </SimpleGrid>
        <CopyButton value={codes.join("\n")} />
      </Stack>
    </Alert>
  );
}
