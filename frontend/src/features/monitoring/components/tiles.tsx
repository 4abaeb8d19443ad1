import { Group, Paper, Text } from "@mantine/core";
import { IconDatabase, IconHourglass, IconPlayerPause, IconPlayerPlay, IconSend, type Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { formatBytes, formatNumber, formatPercent, formatTime } from "@/lib/format";

import type { Overview } from "../api/get-overview";
import { duration } from "../logic/durations";
import classes from "./monitoring.module.css";

function Tile({ icon: Sign, title, value, children }: { icon: Icon; title: string; value: string; children?: ReactNode }) {
  return (
    <Paper withBorder p="md" component="li">
      <Group gap={6} wrap="nowrap">
        <Sign size={18} aria-hidden="true" />
        <Text size="sm">{title}</Text>
      </Group>
      <Text size="xl" fw={700}>
        {value}
      </Text>
      <Text size="sm" component="div">
        {children}
      </Text>
    </Paper>
  );
}

/** How things stand now: the AI, what waits, what is not delivered, how much room there is. */
export function Tiles({ overview }: { overview: Overview }) {
  const { t } = useTranslation("monitoring");
  const { ai, queue, disk, destinations } = overview;
  const waiting = destinations.reduce((sum, row) => sum + row.waiting, 0);
  const failed = destinations.reduce((sum, row) => sum + row.failed, 0);
  return (
    <ul className={classes.tiles} aria-label={t("now")} style={{ listStyle: "none", padding: 0, margin: 0 }}>
      <Tile icon={ai.paused ? IconPlayerPause : IconPlayerPlay} title={t("ai.title")} value={t(ai.paused ? "ai.paused" : "ai.running")}>
        {ai.since !== null && t("ai.since", { time: formatTime(ai.since), reason: ai.reason })}
      </Tile>
      <Tile icon={IconHourglass} title={t("queue.title")} value={formatNumber(queue.waiting)}>
        {queue.oldest_seconds !== null && <div>{t("queue.oldest", { time: duration(queue.oldest_seconds * 1000) })}</div>}
        <div>{t("queue.receiving", { count: queue.receiving })}</div>
        {queue.suspended > 0 && <div>{t("queue.suspended", { count: queue.suspended })}</div>}
      </Tile>
      <Tile icon={IconSend} title={t("deliveries.title")} value={formatNumber(waiting)}>
        <div>{t("deliveries.failed", { count: failed })}</div>
        {destinations.map((row) => (
          <div key={row.destination}>{t("deliveries.one", { ...row })}</div>
        ))}
      </Tile>
      <Tile icon={IconDatabase} title={t("disk.title")} value={disk === null ? t("disk.unknown") : formatPercent(disk.percent / 100)}>
        {disk !== null && t("disk.of", { free: formatBytes(disk.free_bytes), total: formatBytes(disk.total_bytes) })}
      </Tile>
    </ul>
  );
}
