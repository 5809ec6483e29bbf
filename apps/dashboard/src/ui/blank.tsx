/** What stands where there is nothing to show yet. */
import { Stack, Text, ThemeIcon } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import type { PropsWithChildren } from "react";

interface BlankProps {
  readonly icon: Icon;
  readonly title: string;
  readonly hint?: string;
}

export function Blank({ icon: Icon, title, hint, children }: PropsWithChildren<BlankProps>) {
  return (
    <Stack align="center" gap="xs" py={48} px="md">
      <ThemeIcon variant="light" color="gray" size={44} radius="xl">
        <Icon size={22} stroke={1.5} />
      </ThemeIcon>
      <Text fw={600} mt={4}>
        {title}
      </Text>
      {hint && (
        <Text c="dimmed" fz="sm" ta="center" maw={420}>
          {hint}
        </Text>
      )}
      {children}
    </Stack>
  );
}
