import { Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/ui/failure";
import { Nothing } from "@/components/ui/nothing";
import { PageButtons } from "@/components/ui/page-buttons";
import { Waiting } from "@/components/ui/waiting";
import { pageOf, useAddressFilters } from "@/lib/use-address-filters";

import { EVENTS, fileAddress, OUTCOMES, PAGE_SIZE, useEvents, type Wanted } from "../api/get-events";
import { EventsTable } from "./events-table";
import { Verification } from "./verification";

function wantedOf(query: URLSearchParams): Wanted {
  return {
    search: query.get("search") ?? "",
    event: query.get("event") ?? "",
    outcome: query.get("outcome") ?? "",
    page: pageOf(query),
  };
}

function Filters({ wanted, change }: { wanted: Wanted; change: (changes: Record<string, string>) => void }) {
  const { t } = useTranslation("audit");
  return (
    <form role="search" aria-label={t("filters")}
      onSubmit={(event) => {
        event.preventDefault();
        const text = new FormData(event.currentTarget).get("search");
        change({ search: typeof text === "string" ? text.trim() : "" });
      }}>
      <Group align="flex-end">
        <TextInput type="search" name="search" label={t("search")} description={t("searchHelp")} defaultValue={wanted.search} />
        <NativeSelect label={t("columns.what")} value={wanted.event}
          data={[{ value: "", label: t("all") }, ...EVENTS.map((value) => ({ value, label: t(`events.${value}`) }))]}
          onChange={(event) => {
            change({ event: event.currentTarget.value });
          }} />
        <NativeSelect label={t("columns.outcome")} value={wanted.outcome}
          data={[{ value: "", label: t("all") }, ...OUTCOMES.map((value) => ({ value, label: t(`outcomes.${value}`) }))]}
          onChange={(event) => {
            change({ outcome: event.currentTarget.value });
          }} />
        <Button type="submit">{t("find")}</Button>
      </Group>
    </form>
  );
}

/** Who did what: found, kept as a file, and proven. */
export function Trail() {
  const { t } = useTranslation("audit");
  const [query, change] = useAddressFilters();
  const wanted = wantedOf(query);
  return (
    <Stack>
      <Text size="sm">{t("text")}</Text>
      <Verification />
      <Filters wanted={wanted} change={change} />
      <Results wanted={wanted} onPage={(page) => { change({ page: String(page) }); }} />
    </Stack>
  );
}

function Results({ wanted, onPage }: { wanted: Wanted; onPage: (page: number) => void }) {
  const { t } = useTranslation("audit");
  const events = useEvents(wanted);
  const { data, error } = events;
  const retry = () => void events.refetch();
  if (data === undefined) return error === null ? <Waiting /> : <Failure error={error} onRetry={retry} />;
  const pages = Math.max(1, Math.ceil(data.count / PAGE_SIZE));
  return (
    <Stack>
      {error !== null && <Failure error={error} onRetry={retry} />}
      <Group justify="space-between">
        <Text role="status" size="sm">
          {t("count", { count: data.count })}
        </Text>
        <Group gap="xs">
          <Button variant="default" size="xs" onClick={retry}>
            {t("newer")}
          </Button>
          <Button component="a" variant="default" size="xs" href={fileAddress(wanted, "csv")}>
            {t("csv")}
          </Button>
          <Button component="a" variant="default" size="xs" href={fileAddress(wanted, "jsonl")}>
            {t("jsonl")}
          </Button>
          <Button component="a" variant="default" size="xs" href={fileAddress(wanted, "fhir")}>
            {t("fhir")}
          </Button>
        </Group>
      </Group>
      {data.results.length === 0 ? <Nothing title={t("empty")}><Text>{t("emptyText")}</Text></Nothing> : <EventsTable rows={data.results} />}
      <PageButtons label={t("pages")} page={wanted.page} pages={pages} onPage={onPage} />
    </Stack>
  );
}
