/** Small words beside names: status, and where figures come from. */
import type { TenantView } from "@caprock/contract";
import { Badge, Tooltip } from "@mantine/core";

const statuses: Record<TenantView["status"], { label: string; color: string }> = {
  active: { label: "Active", color: "teal" },
  suspended: { label: "Suspended", color: "orange" },
};

export function StatusBadge({ status }: { status: TenantView["status"] }) {
  const { label, color } = statuses[status];
  return (
    <Badge color={color} variant="dot" style={{ verticalAlign: "middle", flex: "none" }}>
      {label}
    </Badge>
  );
}

/** Marks a tenant that `start` or `--demo` made up. */
export function DemoBadge() {
  return (
    <Tooltip label="Made by Caprock for demonstration, not by an admin">
      <Badge color="grape" size="sm" style={{ flex: "none" }}>
        demo
      </Badge>
    </Tooltip>
  );
}

/** Marks a ledger entry that no model served. */
export function SimulatedBadge() {
  return (
    <Tooltip label="Demo traffic: no model served this request">
      <Badge color="grape" size="sm" style={{ flex: "none" }}>
        simulated
      </Badge>
    </Tooltip>
  );
}
