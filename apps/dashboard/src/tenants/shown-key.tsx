/** An API key that was made a moment ago: shown this once. */
import type { CreatedApiKeyView } from "@caprock/contract";
import { Alert, Box, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Copyable } from "../ui/copyable.tsx";

interface ShownKeyProps {
  readonly created: Pick<CreatedApiKeyView, "apiKey" | "accessKey">;
  /** What is said above the key. */
  readonly children: ReactNode;
  readonly onClose: () => void;
}

export function ShownKey({ created: { apiKey, accessKey }, children, onClose }: ShownKeyProps) {
  return (
    <Stack gap="md">
      <Alert color="yellow" icon={<IconAlertTriangle size={18} />}>
        {children}
      </Alert>
      <Box data-testid="created-key" style={{ overflowX: "auto" }}>
        <Copyable value={apiKey} what="API key" size="md" />
      </Box>
      {accessKey && (
        <Stack gap={4} style={{ overflowX: "auto" }}>
          <Text fz="sm" c="dimmed">
            For AWS SDKs that sign their requests, the same key is this pair:
          </Text>
          <Copyable value={accessKey.accessKeyId} what="access key id" />
          <Copyable value={accessKey.secretAccessKey} what="secret access key" />
        </Stack>
      )}
      <Group justify="flex-end">
        <Button onClick={onClose}>I have copied it</Button>
      </Group>
    </Stack>
  );
}
