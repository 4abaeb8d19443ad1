import { useTranslation } from "react-i18next";

import { Page } from "@/components/ui/page";

export default function AccountScreen() {
  const { t } = useTranslation();
  return <Page title={t("nav.account")}>{null}</Page>;
}
