import { Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { ListTable } from "@/components/ui/list-table";
import { formatTimeWithSeconds } from "@/lib/format";

import type { AuditEvent } from "../api/get-events";

const COLUMNS = ["at", "who", "what", "object", "outcome", "place"] as const;

function Row({ row }: { row: AuditEvent }) {
  const { t } = useTranslation("audit");
  return (
    <Table.Tr>
      <Table.Td>{formatTimeWithSeconds(row.at)}</Table.Td>
      <Table.Th scope="row">
        {row.actor}
        <Text size="xs">
          {t(`kinds.${row.actor_kind}`)}
          {row.address !== "" && row.address !== row.actor && `, ${row.address}`}
        </Text>
      </Table.Th>
      <Table.Td>
        {t(`events.${row.event}`)}
        <Text size="xs">{t(`actions.${row.action}`)}</Text>
      </Table.Td>
      <Table.Td>
        {row.object_type}
        <Text size="xs" style={{ overflowWrap: "anywhere" }}>
          {row.object_id}
        </Text>
      </Table.Td>
      <Table.Td>{t(`outcomes.${row.outcome}`)}</Table.Td>
      <Table.Td>{row.sequence ?? t("notYet")}</Table.Td>
    </Table.Tr>
  );
}

export function EventsTable({ rows }: { rows: readonly AuditEvent[] }) {
  const { t } = useTranslation("audit");
  return (
    <ListTable label={t("title")} minWidth={860} columns={COLUMNS.map((name) => t(`columns.${name}`))}>
      {rows.map((row) => (
        <Row key={row.id} row={row} />
      ))}
    </ListTable>
  );
}
