/** Prices a month again: shows what that would change, and posts it once that was seen. */
import type { RerateReportView } from "@caprock/contract";
import { Modal, Stack, Table, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useRerate } from "../api/billing-calls.ts";
import { messageOf } from "../api/failures.ts";
import { formatCount } from "../format/count.ts";
import { formatExactUsd } from "../format/money.ts";
import { formatMonth } from "../format/month.ts";
import { FormEnd } from "../ui/form-end.tsx";

interface RerateWindowProps {
  readonly tenantId: string;
  readonly month: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function RerateWindow(props: RerateWindowProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={`Price ${formatMonth(props.month)} again`}>
      <RerateForm {...props} />
    </Modal>
  );
}

function RerateForm({ tenantId, month, onClose }: RerateWindowProps) {
  const rerate = useRerate(tenantId);
  const [reason, setReason] = useState("");
  const trial = rerate.data;
  const isSeen = trial !== undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rerate.mutate(
      { month, reason, dryRun: !isSeen },
      { onSuccess: ({ dryRun }) => (dryRun ? undefined : onClose()) },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text fz="sm" c="dimmed">
          By the present price book, as of each call's arrival. Entries and limits stay as they are; what
          changes is posted as adjustments, nothing twice.
        </Text>
        <TextInput
          label="Reason"
          description="Stands beside each adjustment."
          required
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {trial && <Changes report={trial} />}
        <FormEnd
          action={isSeen ? "Post adjustments" : "Show what changes"}
          busy={rerate.isPending}
          problem={rerate.error ? messageOf(rerate.error) : undefined}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}

function Changes({ report }: { report: RerateReportView }) {
  return (
    <>
      <Text fz="sm" role="status">
        {formatCount(report.adjusted)} of {formatCount(report.entries)} calls change, by{" "}
        {formatExactUsd(report.deltaUsd)} in all.
        {report.unpriced > 0 && ` ${formatCount(report.unpriced)} have no price now and stay.`}
        {report.estimated > 0 && ` ${formatCount(report.estimated)} are estimates that may yet be corrected.`}
      </Text>
      {report.models.length > 0 && (
        <Table aria-label="Changes by model">
          <Table.Tbody className="numbers">
            {report.models.map(({ modelId, adjusted, deltaUsd }) => (
              <Table.Tr key={modelId}>
                <Table.Td>{modelId}</Table.Td>
                <Table.Td ta="right">{formatCount(adjusted)}</Table.Td>
                <Table.Td ta="right">{formatExactUsd(deltaUsd)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </>
  );
}
