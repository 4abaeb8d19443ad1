import { Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { Failure } from "@/components/ui/failure";
import { Nothing } from "@/components/ui/nothing";
import { Waiting } from "@/components/ui/waiting";

import { ORDERINGS, PAGE_SIZE, STATES, useStudies, type Wanted } from "../api/get-studies";
import { WorklistTable } from "./worklist-table";

interface Props {
  sites: { id: number; name: string }[];
  /** Failures first for whoever mends them, priority where the site wants it. */
  firstOrdering: string;
  mayOrderByPriority: boolean;
}

/** What is wanted stands in the address: it can be kept, sent and gone back to. */
function useWanted(firstOrdering: string): [Wanted, (change: Record<string, string>) => void] {
  const [query, setQuery] = useSearchParams();
  const wanted = {
    state: query.get("state") ?? "",
    site: query.get("site") ?? "",
    search: query.get("search") ?? "",
    ordering: query.get("ordering") ?? firstOrdering,
    page: Math.max(1, Number(query.get("page")) || 1),
  };
  const change = (changes: Record<string, string>) => {
    setQuery((before) => {
      const next = new URLSearchParams(before);
      // another question begins at its first page
      next.delete("page");
      for (const [name, value] of Object.entries(changes)) {
        if (value === "") next.delete(name);
        else next.set(name, value);
      }
      return next;
    });
  };
  return [wanted, change];
}

export function Worklist({ sites, firstOrdering, mayOrderByPriority }: Props) {
  const { t } = useTranslation("worklist");
  const [wanted, change] = useWanted(firstOrdering);
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
      {pages > 1 && (
        <Group role="navigation" aria-label={t("pages")}>
          <Button variant="default" size="xs" disabled={page <= 1} onClick={() => { onPage(page - 1); }}>
            {t("previous")}
          </Button>
          <Text size="sm">{t("page", { page, pages })}</Text>
          <Button variant="default" size="xs" disabled={page >= pages} onClick={() => { onPage(page + 1); }}>
            {t("next")}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
