import { Anchor, Button, Card, Group, List, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/ui/failure";
import { Waiting } from "@/components/ui/waiting";
import { formatTime } from "@/lib/format";

import { reportOptions } from "../api/get-report";
import type { ReportLine, StudyReport } from "../api/types";

/** The objects that the node wrote about the study: in words, and as DICOM files. */
export function Reports({ reports }: { reports: readonly StudyReport[] }) {
  const { t } = useTranslation("study");
  if (reports.length === 0) return <Text>{t("reports.empty")}</Text>;
  return (
    <Stack gap="xs">
      {reports.map((report) => (
        <ReportCard key={report.sop_instance_uid} report={report} />
      ))}
    </Stack>
  );
}

function ReportCard({ report }: { report: StudyReport }) {
  const { t } = useTranslation("study");
  const [opened, setOpened] = useState(false);
  const kind = t(`reports.kind.${report.kind}`, { defaultValue: report.kind });
  const file = report.dicom_url;
  const words = report.html_url;
  return (
    <Card withBorder padding="sm">
      <Group justify="space-between">
        <Stack gap={0}>
          <Text fw={600}>{kind}</Text>
          <Text size="sm">
            {t("reports.round", { round: report.round })}
            {` · ${formatTime(report.created_at)}`}
          </Text>
        </Stack>
        <Group gap="xs">
          {words !== null && (
            <Button
              variant="default"
              size="xs"
              aria-expanded={opened}
              aria-label={`${t(opened ? "reports.close" : "reports.read")}: ${kind}`}
              onClick={() => {
                setOpened(!opened);
              }}
            >
              {t(opened ? "reports.close" : "reports.read")}
            </Button>
          )}
          <Anchor href={file} download underline="always">
            {t("reports.download", { kind })}
          </Anchor>
        </Group>
      </Group>
      {opened && words !== null && <Content address={words} />}
    </Card>
  );
}

function Content({ address }: { address: string }) {
  const { data, error, refetch } = useQuery(reportOptions(address));
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Waiting />;
  return (
    <Stack gap={4} mt="sm">
      <Title order={3} size="h4">
        {data.title}
      </Title>
      <Lines lines={data.items} />
    </Stack>
  );
}

function Lines({ lines }: { lines: readonly ReportLine[] }) {
  return (
    <List size="sm" withPadding>
      {lines.map((line, index) => (
        <List.Item key={index}>
          <strong>{line.label}</strong>
          {line.value !== "" && `: ${line.value}`}
          {line.children.length > 0 && <Lines lines={line.children} />}
        </List.Item>
      ))}
    </List>
  );
}
