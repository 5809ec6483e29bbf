/** Usage by any mix of dimensions, as a table and as the CSV of exactly the same query. */
import { Card, Stack } from "@mantine/core";
import { useSearchParams } from "react-router";
import { useTenants, useUsage } from "../api/queries.ts";
import { useUsageReport } from "../api/report-queries.ts";
import { countOf } from "../format/count.ts";
import { PageHeader } from "../layout/page-header.tsx";
import { useClient } from "../session/session.tsx";
import { DownloadButton } from "../ui/download-button.tsx";
import { Reading } from "../ui/reading.tsx";
import { Section } from "../ui/section.tsx";
import { UpdatedAt } from "../ui/updated-at.tsx";
import { DifferenceNote } from "./difference-note.tsx";
import { addressOf, choiceOf, type Dimension, type Filter, queryOf } from "./report-choice.ts";
import { ReportControls } from "./report-controls.tsx";
import { ReportTable } from "./report-table.tsx";

export function ReportsPage() {
  const [address, setAddress] = useSearchParams();
  const choice = choiceOf(address);
  const query = queryOf(choice);
  const client = useClient();
  const tenants = useTenants();
  const running = useUsage(undefined);
  const report = useUsageReport(query);
  const nameOf = (dimension: Dimension, value: string) =>
    dimension === "tenant" ? (tenants.data?.find(({ id }) => id === value)?.name ?? value) : value;
  const seen = (filter: Filter) =>
    [...new Set(report.data?.rows.flatMap(({ group }) => group[filter] ?? []))].sort();
  return (
    <>
      <PageHeader title="Reports" about="Usage by any mix of dimensions, in any time zone.">
        {report.data && (
          <UpdatedAt
            generatedAt={report.data.generatedAt}
            failing={report.isError || report.failureCount > 0}
          />
        )}
      </PageHeader>
      <Stack gap="md">
        <Card padding="md">
          <ReportControls
            choice={choice}
            onChange={(chosen) => setAddress(addressOf(chosen), { replace: true })}
            tenants={tenants.data ?? []}
            runningMonth={running.data?.month}
            seen={seen}
          />
        </Card>
        {report.data?.source === "cloudwatch" && !report.isPlaceholderData && (
          <DifferenceNote report={report.data} query={query} />
        )}
        <Section
          title="Usage"
          about={
            report.data &&
            `${countOf(report.data.rows.length, "row")} from ${choice.source === "ledger" ? "the ledger" : "CloudWatch"}; costs have every digit.`
          }
          controls={
            <DownloadButton
              fileName="usage.csv"
              disabled={choice.source === "cloudwatch"}
              read={() => client.usageCsv({ query })}
            >
              {choice.source === "cloudwatch" ? "CSV is of the ledger" : "CSV"}
            </DownloadButton>
          }
        >
          <Reading of={report} lines={8}>
            {(read) => <ReportTable report={read} groupBy={choice.groupBy} nameOf={nameOf} />}
          </Reading>
        </Section>
      </Stack>
    </>
  );
}
