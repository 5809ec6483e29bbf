/** The month's figures as files: the same query as the cards, and the chargeback with FOCUS columns. */
import { useClient } from "../session/session.tsx";
import { DownloadButton } from "../ui/download-button.tsx";

interface MonthDownloadsProps {
  readonly month: string;
  readonly timeZone: string | undefined;
}

export function MonthDownloads({ month, timeZone }: MonthDownloadsProps) {
  const client = useClient();
  const groupBy = "tenant,model,day";
  return (
    <>
      <DownloadButton
        fileName={`usage-${month}.csv`}
        read={() => client.usageCsv({ query: { month, timeZone, groupBy } })}
      >
        CSV
      </DownloadButton>
      <DownloadButton fileName={`focus-${month}.csv`} read={() => client.focusCsv({ query: { month } })}>
        FOCUS CSV
      </DownloadButton>
    </>
  );
}
