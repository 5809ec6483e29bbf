/** Sets what CloudWatch tells against the ledger, for the same question. */
import type { CloudWatchUsageReportView } from "@caprock/contract";
import { Alert, Text } from "@mantine/core";
import { IconScale } from "@tabler/icons-react";
import { type ReportQuery, useLedgerTotals } from "../api/report-queries.ts";
import { countOf } from "../format/count.ts";
import { formatExactUsd, formatNanoUsd, nanoUsdOf } from "../format/money.ts";
import { FailureNotice } from "../ui/failure-notice.tsx";

interface DifferenceNoteProps {
  readonly report: CloudWatchUsageReportView;
  readonly query: ReportQuery;
}

export function DifferenceNote({ report, query }: DifferenceNoteProps) {
  const ledger = useLedgerTotals(query, true);
  if (ledger.isError) {
    return <FailureNotice error={ledger.error} retry={ledger.refetch} />;
  }
  if (!ledger.data) {
    return null;
  }
  const { costUsd, requests } = report.totals;
  const difference = nanoUsdOf(costUsd) - nanoUsdOf(ledger.data.costUsd);
  const requestsApart = requests - ledger.data.requests;
  const simulated = "simulatedRequests" in ledger.data ? ledger.data.simulatedRequests : 0;
  const agrees = difference === 0n && requestsApart === 0;
  return (
    <Alert color={agrees ? "teal" : "yellow"} variant="light" icon={<IconScale size={18} />} role="note">
      <Text fz="sm">
        {agrees ? (
          <>
            CloudWatch and the ledger agree: {formatExactUsd(costUsd)} and {countOf(requests, "request")} in
            both.
          </>
        ) : (
          <>
            The ledger has {formatExactUsd(ledger.data.costUsd)} and{" "}
            {countOf(ledger.data.requests, "request")}; CloudWatch differs by {formatNanoUsd(difference)} and{" "}
            {countOf(requestsApart, "request")}.
          </>
        )}{" "}
        {simulated > 0 &&
          `${countOf(simulated, "request")} of the ledger ${simulated === 1 ? "is" : "are"} simulated, which CloudWatch is never told. `}
        {!agrees && "Metrics arrive up to a few minutes late, and adjustments are not among them."}
      </Text>
    </Alert>
  );
}
