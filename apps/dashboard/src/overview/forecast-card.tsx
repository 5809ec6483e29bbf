/** What the running month will have come to at its end, and whose cap will be reached before. */
import type { SpendForecastView, TenantView } from "@caprock/contract";
import { Badge, Group, Table, Text } from "@mantine/core";
import { IconTrendingUp } from "@tabler/icons-react";
import { Link } from "react-router";
import { useForecasts } from "../api/report-queries.ts";
import { countOf } from "../format/count.ts";
import { formatNanoUsd, formatUsd } from "../format/money.ts";
import { formatDayAndHour } from "../format/time.ts";
import { Blank } from "../ui/blank.tsx";
import { DataTable, figures } from "../ui/data-table.tsx";
import { Reading } from "../ui/reading.tsx";
import { Section } from "../ui/section.tsx";
import { byUrgency, sumForecasts } from "./forecast.ts";

const most = 8;

export function ForecastCard({ tenants }: { tenants: readonly TenantView[] | undefined }) {
  const forecasts = useForecasts();
  return (
    <Section
      title="Forecast to month end"
      about="The running month in each tenant's own time zone. 8 of 10 outcomes are expected within the range."
    >
      <Reading of={forecasts}>
        {(all) =>
          all.every(({ outlook }) => outlook === undefined) ? (
            <Blank icon={IconTrendingUp} title="Too little history yet" hint={neededHint(all)} />
          ) : (
            <>
              <Sum forecasts={all} />
              <DataTable
                aria-label="Forecast by tenant"
                verticalSpacing={10}
                horizontalSpacing="lg"
                miw={470}
                headings={["Tenant", figures("At month end"), figures("Cap"), figures("Cap reached")]}
              >
                <Table.Tbody className="numbers">
                  {[...all]
                    .sort(byUrgency)
                    .slice(0, most)
                    .map((forecast) => (
                      <Row
                        key={forecast.tenantId}
                        forecast={forecast}
                        name={tenants?.find(({ id }) => id === forecast.tenantId)?.name}
                      />
                    ))}
                </Table.Tbody>
              </DataTable>
              {all.length > most && (
                <Text c="dimmed" fz="xs" px="lg" py="sm">
                  The {most} most urgent of {all.length} tenants; the sum above is of all.
                </Text>
              )}
            </>
          )
        }
      </Reading>
    </Section>
  );
}

function Sum({ forecasts }: { forecasts: readonly SpendForecastView[] }) {
  const { costNanoUsd, lowNanoUsd, highNanoUsd, withoutOutlook } = sumForecasts(forecasts);
  return (
    <Group px="lg" pb="sm" gap="xs" align="baseline" className="numbers">
      <Text fz={26} fw={600} lh={1.25} lts="-0.02em" data-testid="forecast-sum">
        {formatNanoUsd(costNanoUsd)}
      </Text>
      <Text c="dimmed" fz="xs">
        {formatNanoUsd(lowNanoUsd)} to {formatNanoUsd(highNanoUsd)} if every tenant is at the same edge of its
        range
        {withoutOutlook > 0 && `; ${countOf(withoutOutlook, "tenant")} without an outlook at today's spend`}
      </Text>
    </Group>
  );
}

function Row({ forecast, name }: { forecast: SpendForecastView; name: string | undefined }) {
  const { outlook, tenantId, capUsd } = forecast;
  return (
    <Table.Tr>
      <Table.Td fw={500}>
        <Link className="plain-link" to={`/tenants/${tenantId}`}>
          {name ?? tenantId}
        </Link>
      </Table.Td>
      <Table.Td ta="right">
        {outlook ? (
          <>
            <Text fz="sm" fw={500}>
              {formatUsd(outlook.costUsd)}
            </Text>
            <Text fz="xs" c="dimmed">
              {formatUsd(outlook.lowUsd)} – {formatUsd(outlook.highUsd)}
            </Text>
          </>
        ) : (
          <Text fz="xs" c="dimmed">
            {forecast.historyHours} of {forecast.neededHours} h of history
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right" c="dimmed">
        {formatUsd(capUsd)}
      </Table.Td>
      <Table.Td ta="right">
        {outlook?.exhaustedAt ? (
          <Badge color="orange">{formatDayAndHour(outlook.exhaustedAt)}</Badge>
        ) : (
          <Text fz="sm" c="dimmed">
            {outlook ? "not this month" : "–"}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function neededHint([first]: readonly SpendForecastView[]): string {
  return first
    ? `A forecast takes ${first.neededHours} hours of traffic; the first tenant has ${first.historyHours}.`
    : "There are no tenants.";
}
