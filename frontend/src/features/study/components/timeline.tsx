import { Timeline as Line, Text } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCheck,
  IconDownload,
  IconReportAnalytics,
  IconSend,
  IconShieldCheck,
  type Icon,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { formatTime } from "@/lib/format";

import type { TimelineEvent } from "../api/types";

const ICONS: Record<string, Icon> = {
  received: IconDownload,
  complete: IconCheck,
  analysed: IconReportAnalytics,
  sent: IconSend,
  committed: IconShieldCheck,
  verified: IconShieldCheck,
};

/** What happened to the study, with times, attempts and errors. */
export function Timeline({ events }: { events: readonly TimelineEvent[] }) {
  const { t } = useTranslation("study");
  if (events.length === 0) return <Text>{t("timeline.empty")}</Text>;
  return (
    <Line active={events.length} bulletSize={24} aria-label={t("timeline.title")}>
      {events.map((event, index) => (
        <Entry key={index} event={event} />
      ))}
    </Line>
  );
}

function Entry({ event }: { event: TimelineEvent }) {
  const { t } = useTranslation("study");
  const Picture = event.error === null ? (ICONS[event.event] ?? IconCheck) : IconAlertTriangle;
  return (
    <Line.Item
      bullet={<Picture size={14} aria-hidden="true" />}
      title={t(`timeline.event.${event.event}`, { defaultValue: event.event })}
      color={event.error === null ? undefined : "red"}
    >
      <Text size="sm">
        <time dateTime={event.at}>{formatTime(event.at)}</time>
      </Text>
      {event.detail !== "" && <Text size="sm">{event.detail}</Text>}
      {event.attempts !== null && event.attempts > 1 && (
        <Text size="sm">{t("timeline.attempts", { count: event.attempts })}</Text>
      )}
      {event.error !== null && (
        <Text size="sm" fw={600}>
          {event.error}
        </Text>
      )}
    </Line.Item>
  );
}
