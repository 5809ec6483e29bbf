/** An id or a secret that one click copies. */
import { ActionIcon, Code, CopyButton, Group, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

interface CopyableProps {
  readonly value: string;
  /** What is copied, for the button's name: "tenant id". */
  readonly what: string;
  /** What stands for it where it is too long to show. */
  readonly shown?: string;
  readonly size?: "sm" | "md";
}

export function Copyable({ value, what, shown = value, size = "sm" }: CopyableProps) {
  return (
    <Group gap={4} wrap="nowrap" display="inline-flex">
      <Code fz={size === "sm" ? 12 : 13} px={size === "sm" ? 6 : 10} py={size === "sm" ? 1 : 6}>
        {shown}
      </Code>
      <CopyButton value={value} timeout={1500}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? "Copied" : "Copy"}>
            <ActionIcon
              variant="subtle"
              color={copied ? "teal" : "gray"}
              size={size === "sm" ? "sm" : "lg"}
              aria-label={`Copy ${what}`}
              onClick={copy}
            >
              {copied ? <IconCheck size={14} /> : <IconCopy size={14} stroke={1.6} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}
