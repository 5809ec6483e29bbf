/** Asks before something that is hard to take back. */
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { PropsWithChildren } from "react";
import { messageOf } from "../api/failures.ts";

interface ConfirmationProps {
  readonly opened: boolean;
  readonly title: string;
  /** The verb on the button: "Revoke key". */
  readonly action: string;
  readonly color?: string;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

export function Confirmation(props: PropsWithChildren<ConfirmationProps>) {
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.title}
      size="md"
      transitionProps={{ exitDuration: 0 }}
    >
      <Stack gap="md">
        <Text fz="sm">{props.children}</Text>
        {props.error ? (
          <Alert color="red" role="alert">
            {messageOf(props.error)}
          </Alert>
        ) : null}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={props.onClose}>
            Cancel
          </Button>
          <Button color={props.color ?? "red"} loading={props.busy} onClick={props.onConfirm}>
            {props.action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
