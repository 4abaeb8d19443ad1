import { useTranslation } from "react-i18next";

import { Page } from "@/components/ui/page";

export default function MonitoringScreen() {
  const { t } = useTranslation();
  return <Page title={t("nav.monitoring")}>{null}</Page>;
}
