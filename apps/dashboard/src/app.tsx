/** The whole dashboard: what every page needs around it, and which page answers which path. */
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, useState } from "react";
import { BrowserRouter, Outlet, Route, Routes } from "react-router";
import { mayPass } from "./api/failures.ts";
import { NotFoundPage } from "./layout/not-found-page.tsx";
import { Shell } from "./layout/shell.tsx";
import { OverviewPage } from "./overview/overview-page.tsx";
import { PlatformPage } from "./platform/platform-page.tsx";
import { ReportsPage } from "./reports/reports-page.tsx";
import { SessionProvider, useSession } from "./session/session.tsx";
import { SignInPage } from "./session/sign-in-page.tsx";
import { TenantPage } from "./tenants/tenant-page.tsx";
import { TenantsPage } from "./tenants/tenants-page.tsx";
import { resolveVariables, theme } from "./theme.ts";

const ReferencePage = lazy(() =>
  import("./reference/reference-page.tsx").then((module) => ({ default: module.ReferencePage })),
);

/** What may pass is tried again, all in all for less time than people look at an empty page. */
const retries = 3;
const retryDelayMs = 700;

export function App({ addressToken }: { addressToken: string | undefined }) {
  const [queries] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            retry: (failures, error) => failures < retries && mayPass(error),
            retryDelay: retryDelayMs,
            staleTime: 2_000,
          },
        },
      }),
  );
  return (
    <MantineProvider theme={theme} cssVariablesResolver={resolveVariables} defaultColorScheme="auto">
      <Notifications position="bottom-right" autoClose={4000} />
      <QueryClientProvider client={queries}>
        <SessionProvider addressToken={addressToken}>
          <BrowserRouter>
            <Routes>
              <Route element={<Shell />}>
                <Route path="reference" element={<ReferencePage />} />
                <Route element={<SignedInOnly />}>
                  <Route index element={<OverviewPage />} />
                  <Route path="reports" element={<ReportsPage />} />
                  <Route path="platform" element={<PlatformPage />} />
                  <Route path="tenants" element={<TenantsPage />} />
                  <Route path="tenants/:tenantId" element={<TenantPage />} />
                  <Route path="*" element={<NotFoundPage />} />
                </Route>
              </Route>
            </Routes>
          </BrowserRouter>
        </SessionProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}

/** Asks for the token in place, so that the page that was asked for opens after it. */
function SignedInOnly() {
  const { client } = useSession();
  return client ? <Outlet /> : <SignInPage />;
}
