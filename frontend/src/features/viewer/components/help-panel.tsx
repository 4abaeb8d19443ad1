import { Kbd, Modal, Table } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { SHORTCUTS } from "../logic/shortcuts";

/** All keys, from the list that the viewer itself obeys. */
export function HelpPanel({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("viewer");
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("help.title")}
      size="lg"
      closeButtonProps={{ "aria-label": t("help.close") }}
    >
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("help.key")}</Table.Th>
            <Table.Th>{t("help.action")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {SHORTCUTS.map(([key, action]) => (
            <Table.Tr key={key}>
              <Table.Td>
                <Kbd>{key}</Kbd>
              </Table.Td>
              <Table.Td>{t(`action.${action}`)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <p>{t("help.mouse")}</p>
    </Modal>
  );
}
