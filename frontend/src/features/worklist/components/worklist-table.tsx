import { Anchor, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { ListTable } from "@/components/ui/list-table";
import { formatDay, formatName, formatPercent, formatTime } from "@/lib/format";

import type { StudyRow } from "../api/get-studies";
import { StateBadge } from "./state-badge";

const COLUMNS = ["patient", "accession", "date", "state", "images", "score", "review", "site", "arrival"] as const;

function Row({ row }: { row: StudyRow }) {
  const { t } = useTranslation("worklist");
  return (
    <Table.Tr>
      <Table.Th scope="row">
        <Anchor component={Link} to={`/studies/${row.study_instance_uid}`} underline="always" c="inherit">
          {formatName(row.patient_name) || row.patient_id || t("noName")}
        </Anchor>
        <Text size="xs">{row.patient_id}</Text>
      </Table.Th>
      <Table.Td>{row.accession_number}</Table.Td>
      <Table.Td>{row.study_date === null ? "" : formatDay(row.study_date)}</Table.Td>
      <Table.Td>
        <Stack gap={2} align="flex-start">
          <StateBadge state={row.state} />
          {row.failure !== null && <Text size="xs">{t("failure", row.failure)}</Text>}
        </Stack>
      </Table.Td>
      <Table.Td>{t("analysed", { analysed: row.analysed_images, images: row.images })}</Table.Td>
      <Table.Td>
        {row.probability === null ? t(row.ai_hidden ? "hidden" : "noScore") : formatPercent(row.probability)}
        {row.operating_point_reached === true && <Text size="xs">{t("reached")}</Text>}
      </Table.Td>
      <Table.Td>
        {t(`review.${row.review.state}`)}
        {row.review.readers.length > 0 && <Text size="xs">{row.review.readers.join(", ")}</Text>}
      </Table.Td>
      <Table.Td>{row.site?.name}</Table.Td>
      <Table.Td>{formatTime(row.created_at)}</Table.Td>
    </Table.Tr>
  );
}

export function WorklistTable({ rows }: { rows: readonly StudyRow[] }) {
  const { t } = useTranslation("worklist");
  return (
    <ListTable label={t("title")} minWidth={900} columns={COLUMNS.map((name) => t(`columns.${name}`))}>
      {rows.map((row) => (
        <Row key={row.study_instance_uid} row={row} />
      ))}
    </ListTable>
  );
}
