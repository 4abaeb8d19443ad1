import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";

import classes from "./monitoring.module.css";

export interface Column<Row> {
  name: string;
  of: (row: Row) => React.ReactNode;
}

interface Props<Row> {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** A row's name stands in the first column, so it is unique. */
  keyOf: (row: Row) => string;
}

/** Numbers with a caption and headed rows and columns; a long one scrolls, also by keyboard. */
export function NumberTable<Row>({ caption, columns, rows, keyOf }: Props<Row>) {
  return (
    <Table.ScrollContainer minWidth={columns.length * 140} maxHeight="22rem"
      scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": caption, role: "region" } }}>
      <Table verticalSpacing={4} captionSide="top" className={classes.numbers} stickyHeader>
        <Table.Caption>{caption}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.name} scope="col">
                {column.name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={keyOf(row)}>
              {columns.map((column, place) =>
                place === 0 ? (
                  <Table.Th key={column.name} scope="row">
                    {column.of(row)}
                  </Table.Th>
                ) : (
                  <Table.Td key={column.name}>{column.of(row)}</Table.Td>
                ),
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** The numbers behind a chart, shown on request. */
export function NumbersBehind<Row>({ label, ...props }: Props<Row> & { label?: string }) {
  const { t } = useTranslation("monitoring");
  return (
    <details className={classes.details}>
      <summary>{label ?? t("numbers")}</summary>
      <NumberTable {...props} />
    </details>
  );
}
