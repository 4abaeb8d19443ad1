import { AppShell, Box, Burger, Group, NavLink, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconFlask, IconSettings } from "@tabler/icons-react";
import { Suspense, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, Outlet, useLocation } from "react-router";

import { ErrorBoundary } from "@/components/ui/error-boundary";
import { Waiting } from "@/components/ui/waiting";
import type { Me } from "@/features/session/api/get-me";

import { ACCOUNT, entriesFor, mayOpenAdmin, type Entry } from "../menu";
import { AiBanner } from "./ai-banner";
import { SettingsMenu } from "./settings-menu";
import classes from "./shell.module.css";
import { useIsPhone } from "./use-is-phone";
import { UserMenu } from "./user-menu";

function Entries({ entries, onGo }: { entries: readonly Entry[]; onGo: () => void }) {
  const { t } = useTranslation();
  const here = useLocation().pathname;
  return entries.map(({ path, key, icon: Icon }) => (
    <NavLink key={path} component={Link} to={path} label={t(`nav.${key}`)} active={here.startsWith(path)}
      aria-current={here.startsWith(path) ? "page" : undefined} variant="filled" onClick={onGo}
      leftSection={<Icon size={18} aria-hidden="true" />} />
  ));
}

/** The admin is no screen of the portal: it is another page of the same session. */
function AdminEntry() {
  const { t } = useTranslation();
  return <NavLink component="a" href="/admin/" label={t("nav.admin")} leftSection={<IconSettings size={18} aria-hidden="true" />} />;
}

/** The frame of every screen: what the node is for, the menu of this account, and the line that is always there. */
export function Shell({ me, children }: { me: Me | null; children?: ReactNode }) {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure(false);
  const here = useLocation().pathname;
  const hasMenu = me !== null;
  // a phone has no room for the settings beside the way out: there they stand below the menu
  const settingsInMenu = useIsPhone() && hasMenu;
  return (
    <AppShell header={{ height: 56 }} footer={{ height: { base: 44, xs: 32 } }} padding="md" transitionDuration={0}
      navbar={hasMenu ? { width: 200, breakpoint: "md", collapsed: { mobile: !opened } } : undefined}>
      <a className={classes.skip} href="#content">
        {t("skip")}
      </a>
      <AppShell.Header px={{ base: "xs", xs: "md" }}>
        <Group h="100%" gap="xs" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            {hasMenu && <Burger hiddenFrom="md" opened={opened} onClick={toggle} size="sm" aria-label={t("menu")} />}
            <Text component={Link} to="/" fw={700} className={classes.brand}>
              {t("product")}
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            {!settingsInMenu && <SettingsMenu />}
            <UserMenu me={me} />
          </Group>
        </Group>
      </AppShell.Header>
      {hasMenu && (
        <AppShell.Navbar p="xs" aria-label={t("mainMenu")}>
          <Entries entries={[...entriesFor(me.roles), ACCOUNT]} onGo={close} />
          {mayOpenAdmin(me.roles) && <AdminEntry />}
          {settingsInMenu && (
            <Box mt="auto" pt="md">
              <SettingsMenu />
            </Box>
          )}
        </AppShell.Navbar>
      )}
      <AppShell.Main id="content" tabIndex={-1}>
        {hasMenu && <AiBanner />}
        <ErrorBoundary key={here}>
          <Suspense fallback={<Waiting />}>{children ?? <Outlet />}</Suspense>
        </ErrorBoundary>
      </AppShell.Main>
      <AppShell.Footer px={{ base: "xs", xs: "md" }} className={classes.footer}>
        <IconFlask size={16} aria-hidden="true" />
        <Text size="sm" lh={1.2} fw={600}>
          {t("researchUse")}
        </Text>
      </AppShell.Footer>
    </AppShell>
  );
}
