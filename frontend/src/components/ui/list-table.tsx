import { Table } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  /** What the table lists: a narrow screen scrolls it, and a keyboard finds it by this name. */
  label: string;
  minWidth: number;
  columns: readonly string[];
  children: ReactNode;
}

/** The frame of a long list; the rows are the feature's own. */
export function ListTable({ label, minWidth, columns, children }: Props) {
  return (
    <Table.ScrollContainer minWidth={minWidth} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": label, role: "region" } }}>
      <Table highlightOnHover verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            {columns.map((name) => (
              <Table.Th key={name} scope="col">
                {name}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
