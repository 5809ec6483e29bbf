/** The mark and the name. */
import { Group, Text } from "@mantine/core";

/** A flat cap of rock over softer layers. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#4f46e5" />
      <rect x="5" y="8" width="22" height="5" rx="1.6" fill="#fff" />
      <path d="M8.6 15.2h14.8l1.5 4H7.1z" fill="#fff" fillOpacity=".72" />
      <path d="M6.7 21.2h18.6l1.5 4H5.2z" fill="#fff" fillOpacity=".45" />
    </svg>
  );
}

export function Logo() {
  return (
    <Group gap={10} wrap="nowrap">
      <Mark />
      <Text fw={650} fz={17} lts="-0.01em">
        Caprock
      </Text>
    </Group>
  );
}
