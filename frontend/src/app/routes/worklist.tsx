import { useTranslation } from "react-i18next";

import { Page } from "@/components/ui/page";
import { useMe } from "@/features/session/api/get-me";
import { Worklist } from "@/features/worklist/components/worklist";

export default function WorklistScreen() {
  const { t } = useTranslation("worklist");
  const { data: me } = useMe();
  if (!me) return null;
  const byPriority = me.settings.sort_by_priority;
  // who says a first impression first is shown no scores yet, so an order by them would begin with what is read
  const waits = me.settings.ai_after_first_impression && me.roles.includes("radiologist");
  const usual = byPriority && !waits ? "priority" : "arrival";
  const first = me.roles.includes("administrator") ? "failures" : usual;
  return (
    <Page title={t("title")}>
      <Worklist sites={me.sites} firstOrdering={first} mayOrderByPriority={byPriority} />
    </Page>
  );
}
