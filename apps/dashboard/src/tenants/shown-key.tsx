/** An API key that was made a moment ago: shown this once. */
import { Alert, Box, Button, Group, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Copyable } from "../ui/copyable.tsx";

interface ShownKeyProps {
  readonly apiKey: string;
  /** What is said above the key. */
  readonly children: ReactNode;
  readonly onClose: () => void;
}

export function ShownKey({ apiKey, children, onClose }: ShownKeyProps) {
  return (
    <Stack gap="md">
      <Alert color="yellow" icon={<IconAlertTriangle size={18} />}>
        {children}
      </Alert>
      <Box data-testid="created-key" style={{ overflowX: "auto" }}>
        <Copyable value={apiKey} what="API key" size="md" />
      </Box>
      <Group justify="flex-end">
        <Button onClick={onClose}>I have copied it</Button>
      </Group>
    </Stack>
  );
}
