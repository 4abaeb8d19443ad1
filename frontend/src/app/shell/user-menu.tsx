import { ActionIcon, Button, Group, Text } from "@mantine/core";
import { IconLogin } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";

import type { Me } from "@/features/session/api/get-me";
import { signOut } from "@/features/session/api/sign-in";

import { useIsPhone } from "./use-is-phone";

export function UserMenu({ me }: { me: Me | null }) {
  const { t } = useTranslation("session");
  const client = useQueryClient();
  const isPhone = useIsPhone();
  const here = useLocation().pathname;
  const leaving = useMutation({ mutationFn: () => signOut(client) });
  if (me === null) {
    if (here === "/sign-in") return null;
    return isPhone ? (
      <ActionIcon component={Link} to="/sign-in" variant="default" size="lg" aria-label={t("signIn")}>
        <IconLogin size={18} aria-hidden="true" />
      </ActionIcon>
    ) : (
      <Button component={Link} to="/sign-in" variant="default" size="xs">
        {t("signIn")}
      </Button>
    );
  }
  return (
    <Group gap="xs" wrap="nowrap">
      <Text size="sm" visibleFrom="sm">
        {me.full_name || me.username}
      </Text>
      <Button variant="default" size="xs" loading={leaving.isPending}
        onClick={() => {
          leaving.mutate();
        }}>
        {t("signOut")}
      </Button>
    </Group>
  );
}
