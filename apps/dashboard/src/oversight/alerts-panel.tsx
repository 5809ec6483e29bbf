/** Alerts that were raised, and whether who is to know was told. */
import type { AlertView } from "@caprock/contract";
import { Badge, Button, Group, Stack, Table, Text, Tooltip } from "@mantine/core";
import { IconBellOff } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { useAlerts } from "../api/oversight-calls.ts";
import { useTenants } from "../api/queries.ts";
import { formatDayAndTime } from "../format/time.ts";
import { Blank } from "../ui/blank.tsx";
import { DataTable } from "../ui/data-table.tsx";
import { Pager, usePages } from "../ui/pager.tsx";
import { Reading } from "../ui/reading.tsx";
import { AlertRulesWindow } from "./alert-rules-window.tsx";

const alertsPerPage = 20;

const ruleColors: Record<AlertView["rule"], string> = {
  threshold: "orange",
  forecast: "yellow",
  anomaly: "red",
  unpriced: "red",
  reconciliation: "grape",
};

/** `owner` is a tenant's id or "platform"; undefined for all. */
export function AlertsPanel({ owner }: { owner: string | undefined }) {
  const pages = usePages<string>();
  const page = useAlerts(owner, { after: pages.cursor, limit: alertsPerPage });
  const [editing, setEditing] = useState(false);
  return (
    <>
      <Group justify="flex-end" px="md" pt="sm">
        <Button size="xs" variant="default" onClick={() => setEditing(true)}>
          {owner === undefined ? "Alert rules of the platform" : "Alert rules"}
        </Button>
      </Group>
      <AlertRulesWindow owner={owner ?? "platform"} opened={editing} onClose={() => setEditing(false)} />
      <Reading of={page}>
        {({ alerts, next }) =>
          alerts.length === 0 ? (
            <Blank
              icon={IconBellOff}
              title="No alerts"
              hint="The worker raises one when a limit's threshold is passed, a cap is forecast to be exceeded, or spend is unusual."
            />
          ) : (
            <>
              <AlertTable alerts={alerts} withOwner={owner === undefined} />
              <Pager pages={pages} next={next} />
            </>
          )
        }
      </Reading>
    </>
  );
}

function AlertTable({ alerts, withOwner }: { alerts: readonly AlertView[]; withOwner: boolean }) {
  const tenants = useTenants();
  const nameOf = (owner: string) => tenants.data?.find(({ id }) => id === owner)?.name;
  return (
    <DataTable
      aria-label="Alerts"
      miw={760}
      verticalSpacing={8}
      headings={["Raised", ...(withOwner ? ["Whose"] : []), "Rule", "What", "Told"]}
    >
      <Table.Tbody>
        {alerts.map((alert) => (
          <Table.Tr key={alert.id}>
            <Table.Td className="numbers" style={{ whiteSpace: "nowrap" }}>
              {formatDayAndTime(alert.raisedAt)}
            </Table.Td>
            {withOwner && (
              <Table.Td style={{ whiteSpace: "nowrap" }}>
                {nameOf(alert.owner) ? (
                  <Link className="plain-link" to={`/tenants/${alert.owner}`}>
                    {nameOf(alert.owner)}
                  </Link>
                ) : (
                  alert.owner
                )}
              </Table.Td>
            )}
            <Table.Td>
              <Badge color={ruleColors[alert.rule]}>{alert.rule}</Badge>
            </Table.Td>
            <Table.Td style={{ overflowWrap: "anywhere" }}>{alert.summary}</Table.Td>
            <Table.Td>
              <Deliveries deliveries={alert.deliveries} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </DataTable>
  );
}

function Deliveries({ deliveries }: Pick<AlertView, "deliveries">) {
  if (deliveries.length === 0) {
    return (
      <Text fz="xs" c="dimmed">
        no channel was tried
      </Text>
    );
  }
  return (
    <Stack gap={4}>
      {deliveries.map(({ channel, state, attempts, lastFailure }) => (
        <Group key={channel} gap={6} wrap="nowrap">
          <Tooltip label={lastFailure ?? `Attempts: ${attempts}`}>
            <Badge color={state === "delivered" ? "teal" : "yellow"} variant="dot">
              {channel} {state}
            </Badge>
          </Tooltip>
        </Group>
      ))}
    </Stack>
  );
}
