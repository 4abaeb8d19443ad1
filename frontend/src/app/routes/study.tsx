import { useTranslation } from "react-i18next";

import { Page } from "@/components/ui/page";

export default function StudyScreen() {
  const { t } = useTranslation();
  return <Page title={t("nav.study")}>{null}</Page>;
}
