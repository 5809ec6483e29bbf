/** One API key and what can be done with it. */
import type { ApiKeyView } from "@caprock/contract";
import { Badge, Button, Group, Table, Text } from "@mantine/core";
import { formatDayAndTime, formatMinute } from "../format/time.ts";
import { Copyable } from "../ui/copyable.tsx";

interface ApiKeyRowProps {
  readonly apiKey: ApiKeyView;
  readonly onOpen: (window: "edit" | "rotate" | "revoke") => void;
}

export function ApiKeyRow({ apiKey, onOpen }: ApiKeyRowProps) {
  const { name, application, id, createdAt, previousSecretUntil, revokedAt } = apiKey;
  const action = (window: "edit" | "rotate" | "revoke", label: string, color: string) => (
    <Button
      size="compact-xs"
      variant="subtle"
      color={color}
      aria-label={`${label} ${name}`}
      onClick={() => onOpen(window)}
    >
      {label}
    </Button>
  );
  return (
    <Table.Tr c={revokedAt === undefined ? undefined : "dimmed"}>
      <Table.Td fw={500}>{name}</Table.Td>
      <Table.Td>{application}</Table.Td>
      <Table.Td>
        <Copyable value={id} what="key id" />
      </Table.Td>
      <Table.Td className="numbers" style={{ whiteSpace: "nowrap" }}>
        {formatDayAndTime(createdAt)}
      </Table.Td>
      <Table.Td>
        {revokedAt === undefined ? (
          <Badge color="teal" variant="dot">
            Active
          </Badge>
        ) : (
          <Badge color="gray" variant="dot">
            Revoked {formatDayAndTime(revokedAt)}
          </Badge>
        )}
        {previousSecretUntil !== undefined && revokedAt === undefined && (
          <Text c="dimmed" fz="xs" mt={2}>
            earlier secret until {formatMinute(previousSecretUntil)}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {revokedAt === undefined && (
          <Group gap={2} justify="flex-end" wrap="nowrap">
            {action("edit", "Edit", "gray")}
            {action("rotate", "Rotate", "indigo")}
            {action("revoke", "Revoke", "red")}
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
