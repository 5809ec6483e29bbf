/** The frame around every page: navigation, color scheme, signing out. */
import { AppShell, Box, Burger, Button, Center, Group, Loader, NavLink, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconApi,
  IconChartBar,
  IconLogin2,
  IconLogout,
  IconReportAnalytics,
  IconShieldCheck,
  IconUsers,
} from "@tabler/icons-react";
import { Suspense } from "react";
import { Link, Outlet, useLocation } from "react-router";
import { useSession } from "../session/session.tsx";
import { ColorSchemeSwitch } from "./color-scheme-switch.tsx";
import { Logo } from "./logo.tsx";

const places = [
  { path: "/", name: "Overview", icon: IconChartBar },
  { path: "/reports", name: "Reports", icon: IconReportAnalytics },
  { path: "/tenants", name: "Tenants", icon: IconUsers },
  { path: "/platform", name: "Platform", icon: IconShieldCheck },
  { path: "/reference", name: "API reference", icon: IconApi },
];

export function Shell() {
  const { client, signOut } = useSession();
  const { pathname } = useLocation();
  const [opened, { toggle, close }] = useDisclosure();
  const isReference = pathname === "/reference";

  // The sign-in page stands alone; the reference is open to everyone and keeps its frame.
  if (!client && !isReference) {
    return <Outlet />;
  }
  const shownPlaces = client ? places : places.filter(({ path }) => path === "/reference");

  return (
    <AppShell
      navbar={{ width: 228, breakpoint: "sm", collapsed: { mobile: !opened } }}
      header={{ height: { base: 56, sm: 0 } }}
      padding={0}
    >
      <AppShell.Header hiddenFrom="sm">
        <Group h="100%" px="md" justify="space-between">
          <Logo />
          <Burger opened={opened} onClick={toggle} size="sm" aria-label="Navigation" />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="md">
        <Box visibleFrom="sm" pb="lg" pt={4} px={6}>
          <Logo />
        </Box>
        <Stack gap={2} component="nav" aria-label="Main">
          {shownPlaces.map(({ path, name, icon: Icon }) => {
            const active = path === "/" ? pathname === "/" : pathname.startsWith(path);
            return (
              <NavLink
                key={path}
                component={Link}
                to={path}
                label={name}
                active={active}
                aria-current={active ? "page" : undefined}
                leftSection={<Icon size={18} stroke={1.6} />}
                onClick={close}
                fw={500}
                style={{ borderRadius: "var(--mantine-radius-md)" }}
              />
            );
          })}
        </Stack>
        <Stack gap="sm" mt="auto">
          <ColorSchemeSwitch />
          {client ? (
            <Button
              variant="subtle"
              color="gray"
              justify="flex-start"
              leftSection={<IconLogout size={17} stroke={1.6} />}
              onClick={() => signOut()}
            >
              Sign out
            </Button>
          ) : (
            <Button
              component={Link}
              to="/"
              variant="subtle"
              justify="flex-start"
              leftSection={<IconLogin2 size={17} stroke={1.6} />}
            >
              Sign in
            </Button>
          )}
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main>
        <Box px={{ base: "md", md: 32 }} py={{ base: "md", md: 28 }}>
          <div className="page">
            <Suspense
              fallback={
                <Center h={320}>
                  <Loader size="sm" aria-label="Loading" />
                </Center>
              }
            >
              <Outlet />
            </Suspense>
          </div>
        </Box>
      </AppShell.Main>
    </AppShell>
  );
}
