import { Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { Failure } from "@/components/ui/failure";
import { Nothing } from "@/components/ui/nothing";
import { Waiting } from "@/components/ui/waiting";
import { formatTime } from "@/lib/format";

import { PERIODS, useOverview, type Overview, type Period } from "../api/get-overview";
import { Alerts } from "./alerts";
import { CanaryCard } from "./canary-card";
import { Latency, Reasons, Scores, Volumes } from "./charts";
import { Drift } from "./drift";
import classes from "./monitoring.module.css";
import { Performance } from "./performance";
import { Patterns } from "./series";
import { Tiles } from "./tiles";

/** The period stands in the address: it can be kept, sent and gone back to. */
function usePeriod(): [Period, (days: string) => void] {
  const [query, setQuery] = useSearchParams();
  const days = PERIODS.find((each) => String(each) === query.get("days")) ?? 30;
  return [days, (next) => { setQuery({ days: next }, { replace: true }); }];
}

export function Monitoring() {
  const { t } = useTranslation("monitoring");
  const [days, setDays] = usePeriod();
  const overview = useOverview(days);
  const { data, error } = overview;
  const retry = () => void overview.refetch();
  if (data === undefined) return error === null ? <Waiting /> : <Failure error={error} onRetry={retry} />;
  return (
    <Stack>
      {/* what was read stays on the screen while the node cannot be reached */}
      {error !== null && <Failure error={error} onRetry={retry} />}
      <CanaryCard canary={data.canary} />
      <Tiles overview={data} />
      <Alerts alerts={data.alerts} />
      <Group justify="space-between">
        <SegmentedControl aria-label={t("period")} value={String(days)} onChange={setDays}
          data={PERIODS.map((each) => ({ value: String(each), label: t("days", { count: each }) }))} />
        <Text size="sm">{t("asOf", { time: formatTime(data.at) })}</Text>
      </Group>
      <Period overview={data} />
      <Performance live={data.live} readers={data.readers} evaluation={data.evaluation} />
      <Drift drift={data.drift} />
    </Stack>
  );
}

function Period({ overview }: { overview: Overview }) {
  const { t } = useTranslation("monitoring");
  const { volumes, stages, scores, reasons } = overview;
  const something = volumes.some((day) => day.received + day.analysed + day.not_analysed + day.failed + day.uploads > 0);
  if (!something) return <Nothing title={t("empty")}><Text>{t("emptyText")}</Text></Nothing>;
  return (
    <>
      <Patterns />
      <div className={classes.grid}>
        <Volumes days={volumes} title={t("volumes.arrivals")} note={t("volumes.arrivalsNote")}
          series={[
            { name: "received", label: t("volumes.received"), look: "solid" },
            { name: "uploads", label: t("volumes.uploads"), look: "dotted" },
          ]} />
        <Volumes days={volumes} title={t("volumes.analyses")} below={<Reasons reasons={reasons} />}
          series={[
            { name: "analysed", label: t("volumes.analysed"), look: "solid" },
            { name: "not_analysed", label: t("volumes.not_analysed"), look: "striped" },
            { name: "failed", label: t("volumes.failed"), look: "crossed" },
          ]} />
        <Latency stages={stages} />
        <Scores scores={scores} />
      </div>
    </>
  );
}
