/** A page's name, a line about it, and its controls. */
import { Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { PropsWithChildren, ReactNode } from "react";

interface PageHeaderProps {
  readonly title: string;
  readonly beside?: ReactNode;
  readonly about?: ReactNode;
}

export function PageHeader({ title, beside, about, children }: PropsWithChildren<PageHeaderProps>) {
  useDocumentTitle(`${title} · Caprock`);
  return (
    <Group justify="space-between" align="flex-start" mb="lg" gap="md">
      <Stack gap={4}>
        <Group gap="sm">
          <Title order={1} fz={24} lts="-0.015em">
            {title}
          </Title>
          {beside}
        </Group>
        {about && (
          <Text component="div" c="dimmed" fz="sm">
            {about}
          </Text>
        )}
      </Stack>
      <Group gap="sm">{children}</Group>
    </Group>
  );
}
