import { useTranslation } from "react-i18next";

import { Page } from "@/components/ui/page";

export default function WorklistScreen() {
  const { t } = useTranslation();
  return <Page title={t("nav.worklist")}>{null}</Page>;
}
