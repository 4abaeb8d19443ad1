import { useTranslation } from "react-i18next";

import { formatTime } from "@/lib/format";
import type { Role } from "@/types/roles";

import { Section } from "./section";

export interface Person {
  username: string;
  full_name: string;
  roles: Role[];
  sites: { id: number; name: string }[];
  expires_at: string;
  second_factor: { enabled: boolean; required: boolean };
}

export function WhoIAm({ me }: { me: Person }) {
  const { t } = useTranslation("account");
  const none = t("who.none");
  const rows = [
    ["username", me.username],
    ["name", me.full_name || none],
    ["roles", me.roles.map((role) => t(`role.${role}`)).join(", ") || none],
    ["sites", me.sites.map((site) => site.name).join(", ") || none],
    ["until", formatTime(me.expires_at)],
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
