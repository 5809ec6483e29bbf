/** One tenant: where it stands this month, its keys, its ledger. */
import type { TenantView } from "@caprock/contract";
import { Anchor, Button, Card, Group, Skeleton, Stack, Tabs } from "@mantine/core";
import {
  IconArrowLeft,
  IconBell,
  IconFileInvoice,
  IconGauge,
  IconHistory,
  IconKey,
  IconLockOpen,
  IconMessages,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconReceipt,
  IconUserQuestion,
} from "@tabler/icons-react";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { useTenants, useUsage } from "../api/queries.ts";
import { formatDay } from "../format/time.ts";
import { PageHeader } from "../layout/page-header.tsx";
import { AlertsPanel } from "../oversight/alerts-panel.tsx";
import { AuditPanel } from "../oversight/audit-panel.tsx";
import { DemoBadge, StatusBadge } from "../ui/badges.tsx";
import { Blank } from "../ui/blank.tsx";
import { Copyable } from "../ui/copyable.tsx";
import { FailureNotice } from "../ui/failure-notice.tsx";
import { ApiKeysPanel } from "./api-keys-panel.tsx";
import { ContextPolicyPanel } from "./context-policy-panel.tsx";
import { EditTenantWindow } from "./edit-tenant-window.tsx";
import { HoldsPanel } from "./holds-panel.tsx";
import { LedgerPanel } from "./ledger-panel.tsx";
import { LimitsPanel } from "./limits-panel.tsx";
import { StatementsPanel } from "./statements-panel.tsx";
import { StatusChange } from "./status-change.tsx";
import { TenantFigures } from "./tenant-figures.tsx";

const panels = [
  { value: "keys", label: "API keys", icon: IconKey },
  { value: "limits", label: "Limits", icon: IconGauge },
  { value: "context", label: "Context", icon: IconMessages },
  { value: "ledger", label: "Ledger", icon: IconReceipt },
  { value: "holds", label: "Holds", icon: IconLockOpen },
  { value: "statements", label: "Statements", icon: IconFileInvoice },
  { value: "alerts", label: "Alerts", icon: IconBell },
  { value: "audit", label: "Audit log", icon: IconHistory },
];

export function TenantPage() {
  const { tenantId } = useParams();
  const tenants = useTenants();
  const tenant = tenants.data?.find(({ id }) => id === tenantId);
  return (
    <>
      <Anchor component={Link} to="/tenants" fz="sm" c="dimmed" mb={8} display="inline-block">
        <Group gap={5}>
          <IconArrowLeft size={14} /> Tenants
        </Group>
      </Anchor>
      {tenant ? (
        <Tenant key={tenant.id} tenant={tenant} />
      ) : tenants.isError ? (
        <FailureNotice error={tenants.error} retry={tenants.refetch} />
      ) : tenants.data ? (
        <Card>
          <Blank
            icon={IconUserQuestion}
            title="There is no such tenant"
            hint={`Nothing has the id “${tenantId}”.`}
          />
        </Card>
      ) : (
        <Stack>
          <Skeleton h={34} w={260} />
          <Skeleton h={110} />
          <Skeleton h={300} />
        </Stack>
      )}
    </>
  );
}

function Tenant({ tenant }: { tenant: TenantView }) {
  const usage = useUsage(undefined);
  const runningMonth = usage.data?.tenants.find(({ tenantId }) => tenantId === tenant.id)?.month;
  const [window, setWindow] = useState<"edit" | "status">();
  const close = () => setWindow(undefined);
  const suspended = tenant.status === "suspended";
  return (
    <>
      <PageHeader
        title={tenant.name}
        beside={
          <Group gap={8}>
            <StatusBadge status={tenant.status} />
            {tenant.demo && <DemoBadge />}
          </Group>
        }
        about={
          <Group gap="sm">
            <Copyable value={tenant.id} what="tenant id" />
            <span>
              {tenant.timeZone} · created {formatDay(tenant.createdAt)}
            </span>
          </Group>
        }
      >
        <Button
          variant="default"
          leftSection={
            suspended ? <IconPlayerPlay size={16} stroke={1.6} /> : <IconPlayerPause size={16} stroke={1.6} />
          }
          onClick={() => setWindow("status")}
        >
          {suspended ? "Resume" : "Suspend"}
        </Button>
        <Button leftSection={<IconPencil size={16} stroke={1.6} />} onClick={() => setWindow("edit")}>
          Edit
        </Button>
      </PageHeader>
      <Stack gap="md">
        {usage.isError && <FailureNotice error={usage.error} retry={usage.refetch} />}
        <TenantFigures tenant={tenant} usage={usage.data} />
        <Card padding={0}>
          <Tabs defaultValue="keys" keepMounted={false}>
            <Tabs.List px="md" pt={6} className="tab-strip">
              {panels.map(({ value, label, icon: Icon }) => (
                <Tabs.Tab key={value} value={value} leftSection={<Icon size={16} stroke={1.6} />}>
                  {label}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value="keys">
              <ApiKeysPanel tenant={tenant} />
            </Tabs.Panel>
            <Tabs.Panel value="ledger">
              {runningMonth && <LedgerPanel tenant={tenant} runningMonth={runningMonth} />}
            </Tabs.Panel>
            <Tabs.Panel value="limits">
              <LimitsPanel tenant={tenant} />
            </Tabs.Panel>
            <Tabs.Panel value="context">
              <ContextPolicyPanel tenant={tenant} />
            </Tabs.Panel>
            <Tabs.Panel value="holds">
              <HoldsPanel tenantId={tenant.id} />
            </Tabs.Panel>
            <Tabs.Panel value="statements">
              {runningMonth && <StatementsPanel tenant={tenant} runningMonth={runningMonth} />}
            </Tabs.Panel>
            <Tabs.Panel value="alerts">
              <AlertsPanel owner={tenant.id} />
            </Tabs.Panel>
            <Tabs.Panel value="audit">
              <AuditPanel owner={tenant.id} />
            </Tabs.Panel>
          </Tabs>
        </Card>
      </Stack>
      <EditTenantWindow tenant={tenant} opened={window === "edit"} onClose={close} />
      <StatusChange tenant={tenant} opened={window === "status"} onClose={close} />
    </>
  );
}
