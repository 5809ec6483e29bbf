/** The end of a form in a window: what went wrong, cancel, submit. */
import { Alert, Button, Group } from "@mantine/core";

interface FormEndProps {
  readonly action: string;
  readonly busy: boolean;
  /** What the API said against the whole form. */
  readonly problem: string | undefined;
  readonly onCancel: () => void;
}

export function FormEnd({ action, busy, problem, onCancel }: FormEndProps) {
  return (
    <>
      {problem && (
        <Alert color="red" role="alert" py="xs">
          {problem}
        </Alert>
      )}
      <Group justify="flex-end" gap="sm" mt="xs">
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" loading={busy}>
          {action}
        </Button>
      </Group>
    </>
  );
}
