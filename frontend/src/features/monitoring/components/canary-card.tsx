import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconClockExclamation, IconPlayerPause, IconQuestionMark } from "@tabler/icons-react";
import { useId } from "react";
import { useTranslation } from "react-i18next";

import { formatTime } from "@/lib/format";

import type { Overview } from "../api/get-overview";
import { ago, duration } from "../logic/durations";
import classes from "./monitoring.module.css";

const SIGNS = {
  passed: { icon: IconCircleCheck, colour: "var(--mantine-color-teal-7)" },
  failed: { icon: IconAlertTriangle, colour: "var(--mantine-color-red-7)" },
  late: { icon: IconClockExclamation, colour: "var(--mantine-color-yellow-7)" },
  never: { icon: IconQuestionMark, colour: "var(--mantine-color-gray-6)" },
  off: { icon: IconPlayerPause, colour: "var(--mantine-color-gray-6)" },
} as const;

/** Whether a test study came through the whole node, and when: the first thing to look at. */
export function CanaryCard({ canary }: { canary: Overview["canary"] }) {
  const { t } = useTranslation("monitoring");
  const id = useId();
  const { icon: Sign, colour } = SIGNS[canary.state];
  return (
    <Paper withBorder p="md" component="section" aria-labelledby={id} className={classes.canary}
      style={{ "--canary-colour": colour }}>
      <Group wrap="nowrap" align="flex-start">
        <Sign size={32} color={colour} style={{ flexShrink: 0 }} aria-hidden="true" />
        <Stack gap={2}>
          <Title order={2} size="h4" id={id}>
            {t(`canary.${canary.state}`)}
          </Title>
          {canary.age_seconds !== null && canary.ended_at !== null && (
            <Text size="sm">
              {t("canary.last", { ago: ago(canary.age_seconds) })}{" "}
              (<time dateTime={canary.ended_at}>{formatTime(canary.ended_at)}</time>)
              {canary.seconds !== null && `, ${t("canary.took", { time: duration(canary.seconds * 1000) })}`}
            </Text>
          )}
          {canary.state === "failed" && (
            <Text size="sm" fw={600}>
              {t("canary.why", { stage: t(`stages.${canary.stage}`, { defaultValue: canary.stage }), reason: canary.reason })}
            </Text>
          )}
          {canary.state === "failed" && (
            <Text size="sm">
              {canary.last_passed_at === null
                ? t("canary.neverPassed")
                : t("canary.lastPassed", { time: formatTime(canary.last_passed_at) })}
            </Text>
          )}
          <Text size="sm">{t(`canary.${canary.state}Text`)}</Text>
        </Stack>
      </Group>
    </Paper>
  );
}
