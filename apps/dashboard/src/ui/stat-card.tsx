/** One figure with its name and a line that explains it. */
import { Card, Skeleton, Text } from "@mantine/core";
import type { ReactNode } from "react";

interface StatCardProps {
  readonly name: string;
  /** Undefined while it is being read. */
  readonly value: string | undefined;
  readonly about?: ReactNode;
}

export function StatCard({ name, value, about }: StatCardProps) {
  return (
    <Card padding="md" component="section" aria-label={name}>
      <Text c="dimmed" fz="sm" fw={500}>
        {name}
      </Text>
      {value === undefined ? (
        <>
          <Skeleton h={26} w="60%" mt={8} />
          <Skeleton h={12} w="80%" mt={12} />
        </>
      ) : (
        <>
          <Text fz={26} fw={600} lh={1.25} mt={4} lts="-0.02em" className="numbers">
            {value}
          </Text>
          <Text component="div" c="dimmed" fz="xs" mt={4} className="numbers">
            {about}
          </Text>
        </>
      )}
    </Card>
  );
}
