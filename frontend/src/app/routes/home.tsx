import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";

import { Page } from "@/components/ui/page";
import { useMe } from "@/features/session/api/get-me";

import { entriesFor } from "../menu";

/** The first screen of an account: the first one in its menu. */
export default function HomeScreen() {
  const { t } = useTranslation();
  const { data: me } = useMe();
  const first = entriesFor(me?.roles ?? [])[0];
  if (first !== undefined) return <Navigate to={first.path} replace />;
  return (
    <Page title={t("noAccess.title")}>
      <Text>{t("noAccess.text")}</Text>
    </Page>
  );
}
