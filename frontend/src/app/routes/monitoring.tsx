import { useTranslation } from "react-i18next";

import { Page } from "@/components/ui/page";
import { Monitoring } from "@/features/monitoring/components/monitoring";

export default function MonitoringScreen() {
  const { t } = useTranslation("monitoring");
  return (
    <Page title={t("title")}>
      <Monitoring />
    </Page>
  );
}
