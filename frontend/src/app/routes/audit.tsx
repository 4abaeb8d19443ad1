import { useTranslation } from "react-i18next";

import { Page } from "@/components/ui/page";
import { Trail } from "@/features/audit/components/trail";

export default function AuditScreen() {
  const { t } = useTranslation("audit");
  return (
    <Page title={t("title")}>
      <Trail />
    </Page>
  );
}
