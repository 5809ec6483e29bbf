/** A card with a heading, a line about it and its controls; what it holds reaches to its edges. */
import { Card, Group, Text, Title } from "@mantine/core";
import { type PropsWithChildren, type ReactNode, useId } from "react";

interface SectionProps {
  readonly title: string;
  readonly about?: ReactNode;
  readonly controls?: ReactNode;
}

export function Section({ title, about, controls, children }: PropsWithChildren<SectionProps>) {
  const id = useId();
  return (
    <Card component="section" aria-labelledby={id} padding={0}>
      <Group justify="space-between" align="flex-start" gap="sm" px="lg" pt="lg" pb="sm">
        <div style={{ minWidth: 0 }}>
          <Title order={2} fz="md" id={id}>
            {title}
          </Title>
          {about && (
            <Text component="div" c="dimmed" fz="xs" mt={2}>
              {about}
            </Text>
          )}
        </div>
        {controls && <Group gap="xs">{controls}</Group>}
      </Group>
      {children}
    </Card>
  );
}
