/** The limits that an owner has besides the standard ones: add, change, remove. */
import type { LimitRuleView } from "@caprock/contract";
import { ActionIcon, Group, Table, Text } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { type LimitOwner, useReplaceRules } from "../api/limit-calls.ts";
import { Confirmation } from "../ui/confirmation.tsx";
import { DataTable, unseen } from "../ui/data-table.tsx";
import { boundText, ruleText } from "./amount.ts";

interface RulesTableProps {
  readonly owner: LimitOwner;
  readonly rules: readonly LimitRuleView[];
  /** The version that the rules were read with. */
  readonly version: number;
  readonly onEdit: (rule: LimitRuleView) => void;
}

export function RulesTable({ owner, rules, version, onEdit }: RulesTableProps) {
  const replace = useReplaceRules(owner);
  const [removing, setRemoving] = useState<LimitRuleView>();
  const close = () => {
    replace.reset();
    setRemoving(undefined);
  };
  const remove = () =>
    replace.mutate({ rules: rules.filter(({ id }) => id !== removing?.id), version }, { onSuccess: close });
  if (rules.length === 0) {
    return (
      <Text c="dimmed" fz="sm" px="lg" pb="lg">
        {owner === "platform" ? "No limit binds all tenants together." : "No further limits."}
      </Text>
    );
  }
  return (
    <>
      <DataTable
        aria-label="Limit rules"
        miw={640}
        horizontalSpacing="lg"
        verticalSpacing={8}
        headings={["Limit", "Binds", "Amount", unseen("Actions")]}
      >
        <Table.Tbody>
          {rules.map((rule) => (
            <Table.Tr key={rule.id}>
              <Table.Td fw={500}>{rule.id}</Table.Td>
              <Table.Td style={{ whiteSpace: "nowrap" }}>{boundText(rule)}</Table.Td>
              <Table.Td className="numbers" style={{ whiteSpace: "nowrap" }}>
                {ruleText(rule)}
              </Table.Td>
              <Table.Td>
                <Group gap={4} justify="flex-end" wrap="nowrap">
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={`Edit ${rule.id}`}
                    onClick={() => onEdit(rule)}
                  >
                    <IconPencil size={15} stroke={1.6} />
                  </ActionIcon>
                  <ActionIcon
                    variant="subtle"
                    color="red"
                    aria-label={`Remove ${rule.id}`}
                    onClick={() => setRemoving(rule)}
                  >
                    <IconTrash size={15} stroke={1.6} />
                  </ActionIcon>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </DataTable>
      <Confirmation
        opened={removing !== undefined}
        title={`Remove the limit ${removing?.id ?? ""}?`}
        action="Remove limit"
        busy={replace.isPending}
        error={replace.error}
        onClose={close}
        onConfirm={remove}
      >
        Calls are no longer bound by it. Its overrides go with it; what was spent stays in the ledger.
      </Confirmation>
    </>
  );
}
