import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { extendSession, type Me } from "../api/get-me";
import { signOut } from "../api/sign-in";
import { usePresence } from "../use-presence";

/** Opens before a session ends, counts down, and lets a person stay. */
export function TimeOutWarning({ me, onTimeOut }: { me: Me; onTimeOut: () => void }) {
  const { t } = useTranslation("session");
  const client = useQueryClient();
  const ending = usePresence(me, onTimeOut);
  const [failed, setFailed] = useState(false);
  const ask = (step: (of: typeof client) => Promise<void>) => () => {
    setFailed(false);
    step(client).catch(() => {
      setFailed(true);
    });
  };
  const stay = ask(extendSession);
  return (
    <Modal opened={ending !== null} onClose={stay} withCloseButton={false} closeOnClickOutside={false} centered
      title={t("warning.title")} transitionProps={{ duration: 0 }}>
      <Stack>
        <Text>{t(ending?.mayStay ? "warning.text" : "warning.absolute")}</Text>
        <Text size="xl" fw={700} role="timer" aria-live="off">
          {t("warning.seconds", { count: ending?.secondsLeft ?? 0 })}
        </Text>
        {failed && <Text role="alert">{t("warning.failed")}</Text>}
        <Group justify="flex-end">
          <Button variant="default" onClick={ask(signOut)}>
            {t("signOut")}
          </Button>
          {ending?.mayStay && (
            <Button onClick={stay} data-autofocus>
              {t("warning.stay")}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
