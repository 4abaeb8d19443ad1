import { ActionIcon, Group, SegmentedControl, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconMoon, IconSun } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { changeLanguage, currentLanguage, LANGUAGES, type Language } from "@/lib/i18n";

export function SettingsMenu() {
  const { t } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const Icon = scheme === "dark" ? IconSun : IconMoon;
  return (
    <Group gap="xs" wrap="nowrap">
      <SegmentedControl size="xs" aria-label={t("language")} value={currentLanguage()} withItemsBorders={false}
        data={LANGUAGES.map((value) => ({ value, label: value.toUpperCase() }))}
        onChange={(value) => void changeLanguage(value as Language)} />
      <ActionIcon variant="default" size="lg" aria-label={t("scheme")}
        onClick={() => {
          setColorScheme(scheme === "dark" ? "light" : "dark");
        }}>
        <Icon size={18} aria-hidden="true" />
      </ActionIcon>
    </Group>
  );
}
