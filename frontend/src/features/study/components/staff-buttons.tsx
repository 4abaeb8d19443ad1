import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Failure } from "@/components/ui/failure";

import { STAFF_ACTIONS, useStaffAction, type StaffAction } from "../api/staff-actions";

/** What staff may do with a study; each asks once more, because other systems see the effect. */
export function StaffButtons({ uid }: { uid: string }) {
  const { t } = useTranslation("study");
  const [asked, setAsked] = useState<StaffAction>();
  const action = useStaffAction(uid);
  return (
    <Stack gap="xs">
      <Group gap="xs">
        {STAFF_ACTIONS.map((name) => (
          <Button
            key={name}
            variant="default"
            loading={action.isPending && action.variables === name}
            onClick={() => {
              setAsked(name);
            }}
          >
            {t(`staff.${name}.button`)}
          </Button>
        ))}
      </Group>
      {action.isSuccess && <Alert role="status">{t(`staff.${action.variables}.done`)}</Alert>}
      {action.isError && <Failure error={action.error} />}
      <Modal
        opened={asked !== undefined}
        onClose={() => {
          setAsked(undefined);
        }}
        title={asked && t(`staff.${asked}.button`)}
        closeButtonProps={{ "aria-label": t("staff.cancel") }}
      >
        <Stack>
          <Text>{asked && t(`staff.${asked}.question`)}</Text>
          <Group justify="flex-end">
            <Button
              variant="default"
              onClick={() => {
                setAsked(undefined);
              }}
            >
              {t("staff.cancel")}
            </Button>
            <Button
              onClick={() => {
                if (asked !== undefined) action.mutate(asked);
                setAsked(undefined);
              }}
            >
              {t("staff.confirm")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Stack>
  );
}
