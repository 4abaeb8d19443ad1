import { Alert, Button, Group, List, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/ui/failure";
import { formatDay, formatTime } from "@/lib/format";

import { outcomesOptions, useAddOutcome } from "../api/reviews";
import { OUTCOMES, type NewOutcome } from "../api/types";

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** What became of the study; entered later, and added to, never changed. */
export function Outcomes({ uid, mayEnter }: { uid: string; mayEnter: boolean }) {
  const { t } = useTranslation("study");
  const { data, error, refetch } = useQuery(outcomesOptions(uid));
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  return (
    <Stack gap="sm">
      {data?.withheld === true && <Text size="sm">{t("history.withheld")}</Text>}
      {data?.withheld === false && data.results.length === 0 && <Text>{t("outcome.empty")}</Text>}
      <List size="sm">
        {data?.results.map((outcome) => (
          <List.Item key={outcome.id} data-testid="outcome">
            {t(`outcome.kind.${outcome.kind}`)}
            {outcome.laterality && ` · ${t(`breast.${outcome.laterality}`)}`}
            {` · ${formatDay(outcome.happened_on)}`}
            {outcome.text !== "" && ` · ${outcome.text}`}
            {` · ${t("outcome.by", { name: outcome.entered_by, time: formatTime(outcome.at) })}`}
          </List.Item>
        ))}
      </List>
      {mayEnter && <OutcomeForm uid={uid} />}
    </Stack>
  );
}

function OutcomeForm({ uid }: { uid: string }) {
  const { t } = useTranslation("study");
  const [outcome, setOutcome] = useState<NewOutcome>(() => ({
    kind: "recall",
    laterality: null,
    happened_on: today(),
    text: "",
  }));
  const add = useAddOutcome(uid);
  function submit(event: FormEvent): void {
    event.preventDefault();
    add.mutate(outcome);
  }
  return (
    <form onSubmit={submit} aria-label={t("outcome.title")}>
      <Stack gap="xs">
        <Group grow>
          <NativeSelect
            label={t("outcome.kindLabel")}
            value={outcome.kind}
            data={OUTCOMES.map((kind) => ({ value: kind, label: t(`outcome.kind.${kind}`) }))}
            onChange={(event) => {
              setOutcome({ ...outcome, kind: event.currentTarget.value as NewOutcome["kind"] });
            }}
          />
          <NativeSelect
            label={t("outcome.breast")}
            value={outcome.laterality ?? ""}
            data={[{ value: "", label: t("outcome.both") }, ...(["R", "L"] as const).map(sideOption)]}
            onChange={(event) => {
              const side = event.currentTarget.value;
              setOutcome({ ...outcome, laterality: side === "L" || side === "R" ? side : null });
            }}
          />
          <TextInput
            type="date"
            required
            label={t("outcome.happenedOn")}
            max={today()}
            value={outcome.happened_on}
            onChange={(event) => {
              setOutcome({ ...outcome, happened_on: event.currentTarget.value });
            }}
          />
        </Group>
        <TextInput
          label={t("outcome.text")}
          value={outcome.text}
          onChange={(event) => {
            setOutcome({ ...outcome, text: event.currentTarget.value });
          }}
        />
        {add.isError && <Failure error={add.error} />}
        {add.isSuccess && <Alert role="status">{t("outcome.saved")}</Alert>}
        <Button type="submit" variant="default" loading={add.isPending}>
          {t("outcome.save")}
        </Button>
      </Stack>
    </form>
  );
  function sideOption(side: "L" | "R") {
    return { value: side, label: t(`breast.${side}`) };
  }
}
