/** Says that something could not be read, and offers to try again. */
import { Alert, Button, Code, Group, Text } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { codeOf, messageOf } from "../api/failures.ts";

interface FailureNoticeProps {
  readonly error: unknown;
  readonly retry: () => unknown;
}

export function FailureNotice({ error, retry }: FailureNoticeProps) {
  const code = codeOf(error);
  return (
    <Alert color="red" variant="light" icon={<IconPlugConnectedX size={18} />} role="alert">
      <Group justify="space-between" gap="sm">
        <Text fz="sm">
          {messageOf(error)}
          {code && (
            <Code ml={8} fz={12}>
              {code}
            </Code>
          )}
        </Text>
        <Button size="xs" variant="default" onClick={() => void retry()}>
          Try again
        </Button>
      </Group>
    </Alert>
  );
}
