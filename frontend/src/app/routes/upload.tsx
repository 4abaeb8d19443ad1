import { useTranslation } from "react-i18next";

import { Page } from "@/components/ui/page";

export default function UploadScreen() {
  const { t } = useTranslation();
  return <Page title={t("nav.upload")}>{null}</Page>;
}
