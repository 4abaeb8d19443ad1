import { Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/ui/failure";
import { Nothing } from "@/components/ui/nothing";
import { PageButtons } from "@/components/ui/page-buttons";
import { Waiting } from "@/components/ui/waiting";
import { pageOf, useAddressFilters } from "@/lib/use-address-filters";

import { ORDERINGS, PAGE_SIZE, STATES, useStudies, type Wanted } from "../api/get-studies";
import { WorklistTable } from "./worklist-table";

interface Props {
  sites: { id: number; name: string }[];
  /** Failures first for whoever mends them, priority where the site wants it. */
  firstOrdering: string;
  mayOrderByPriority: boolean;
}

function wantedOf(query: URLSearchParams, firstOrdering: string): Wanted {
  return {
    state: query.get("state") ?? "",
    site: query.get("site") ?? "",
    search: query.get("search") ?? "",
    ordering: query.get("ordering") ?? firstOrdering,
    page: pageOf(query),
  };
}

export function Worklist({ sites, firstOrdering, mayOrderByPriority }: Props) {
  const { t } = useTranslation("worklist");
  const [query, change] = useAddressFilters();
  const wanted = wantedOf(query, firstOrdering);
  const search = useDebouncedCallback((text: string) => {
    change({ search: text.trim() });
  }, 300);
  const studies = useStudies(wanted);
  const orderings = ORDERINGS.filter((each) => each !== "priority" || mayOrderByPriority);
  return (
    <Stack>
      <Group align="flex-end" role="search" aria-label={t("filters")}>
        <TextInput type="search" label={t("search")} defaultValue={wanted.search}
          onChange={(event) => {
            search(event.currentTarget.value);
          }} />
        <NativeSelect label={t("columns.state")} value={wanted.state}
          data={[{ value: "", label: t("all") }, ...STATES.map((value) => ({ value, label: t(`states.${value}`) }))]}
          onChange={(event) => {
            change({ state: event.currentTarget.value });
          }} />
        {sites.length > 1 && (
          <NativeSelect label={t("columns.site")} value={wanted.site}
            data={[{ value: "", label: t("all") }, ...sites.map((site) => ({ value: String(site.id), label: site.name }))]}
            onChange={(event) => {
              change({ site: event.currentTarget.value });
            }} />
        )}
        <NativeSelect label={t("ordering")} value={wanted.ordering}
          data={orderings.map((value) => ({ value, label: t(`orderings.${value}`) }))}
          onChange={(event) => {
            change({ ordering: event.currentTarget.value });
          }} />
      </Group>
      <Results studies={studies} page={wanted.page} onPage={(page) => { change({ page: String(page) }); }} />
    </Stack>
  );
}

interface ResultsProps {
  studies: ReturnType<typeof useStudies>;
  page: number;
  onPage: (page: number) => void;
}

function Results({ studies, page, onPage }: ResultsProps) {
  const { t } = useTranslation("worklist");
  const { data, error } = studies;
  const retry = () => void studies.refetch();
  if (data === undefined) return error === null ? <Waiting /> : <Failure error={error} onRetry={retry} />;
  const pages = Math.max(1, Math.ceil(data.count / PAGE_SIZE));
  return (
    <Stack>
      {/* what was read stays on the screen while the node cannot be reached */}
      {error !== null && <Failure error={error} onRetry={retry} />}
      <Text role="status" size="sm">
        {t("count", { count: data.count })}
      </Text>
      {data.results.length === 0 ? <Nothing title={t("empty")}><Text>{t("emptyText")}</Text></Nothing> : <WorklistTable rows={data.results} />}
      <PageButtons label={t("pages")} page={page} pages={pages} onPage={onPage} />
    </Stack>
  );
}
