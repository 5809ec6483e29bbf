/** Says how fresh the figures are, and when they stopped being refreshed. */
import { Group, Text, Tooltip } from "@mantine/core";
import { formatClockTime } from "../format/time.ts";

interface UpdatedAtProps {
  /** When the API made the figures. */
  readonly generatedAt: string;
  /** True when the last refresh failed: what is shown is older than it should be. */
  readonly failing: boolean;
}

export function UpdatedAt({ generatedAt, failing }: UpdatedAtProps) {
  const color = failing ? "var(--mantine-color-red-6)" : "var(--mantine-color-teal-6)";
  return (
    <Tooltip label={failing ? "The API does not answer; trying again" : "Refreshes every 10 seconds"}>
      <Group gap={7} wrap="nowrap">
        <span style={{ width: 7, height: 7, borderRadius: "50%", background: color }} />
        <Text fz="sm" c="dimmed" className="numbers">
          {failing ? "Not refreshed since" : "Updated at"} {formatClockTime(generatedAt)}
        </Text>
      </Group>
    </Tooltip>
  );
}
