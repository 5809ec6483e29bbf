/** What holds for all tenants together: limits, metrics, reconciliations, alerts, and the record of changes. */
import { Card, Stack, Tabs } from "@mantine/core";
import { IconBell, IconHistory } from "@tabler/icons-react";
import { PageHeader } from "../layout/page-header.tsx";
import { AlertsPanel } from "../oversight/alerts-panel.tsx";
import { AuditPanel } from "../oversight/audit-panel.tsx";
import { MetricsSection } from "./metrics-section.tsx";
import { PlatformLimits } from "./platform-limits.tsx";
import { ReconciliationsSection } from "./reconciliations-section.tsx";

export function PlatformPage() {
  return (
    <>
      <PageHeader
        title="Platform"
        about="What holds for all tenants together, and what watches over the figures."
      />
      <Stack gap="md">
        <PlatformLimits />
        <ReconciliationsSection />
        <MetricsSection />
        <Card padding={0}>
          <Tabs defaultValue="alerts" keepMounted={false}>
            <Tabs.List px="md" pt={6} className="tab-strip">
              <Tabs.Tab value="alerts" leftSection={<IconBell size={16} stroke={1.6} />}>
                All alerts
              </Tabs.Tab>
              <Tabs.Tab value="audit" leftSection={<IconHistory size={16} stroke={1.6} />}>
                Audit log of the platform
              </Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="alerts">
              <AlertsPanel owner={undefined} />
            </Tabs.Panel>
            <Tabs.Panel value="audit">
              <AuditPanel owner="platform" />
            </Tabs.Panel>
          </Tabs>
        </Card>
      </Stack>
    </>
  );
}
