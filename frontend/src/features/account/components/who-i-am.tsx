import { useTranslation } from "react-i18next";

import { formatTime } from "@/lib/format";
import type { components } from "@/types/api";

import { Section } from "./section";

export type Person = Pick<
  components["schemas"]["Me"],
  "username" | "full_name" | "roles" | "sites" | "expires_at" | "second_factor"
>;

export function WhoIAm({ me }: { me: Person }) {
  const { t } = useTranslation("account");
  const none = t("who.none");
  const rows = [
    ["username", me.username],
    ["name", me.full_name || none],
    ["roles", me.roles.map((role) => t(`role.${role}`)).join(", ") || none],
    ["sites", me.sites.map((site) => site.name).join(", ") || none],
    ["until", me.expires_at === null ? none : formatTime(me.expires_at)],
  ] as const;
  return (
    <Section title={t("who.title")}>
      <dl style={{ display: "grid", gridTemplateColumns: "auto 1fr", columnGap: "1rem", rowGap: "0.25rem", margin: 0 }}>
        {rows.map(([key, value]) => (
          <div key={key} style={{ display: "contents" }}>
            <dt>{t(`who.${key}`)}</dt>
            <dd style={{ margin: 0, fontWeight: 600, overflowWrap: "anywhere" }}>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
