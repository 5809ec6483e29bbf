/** The limits over all tenants together: rules, overrides, time zone. */
import type { LimitRuleView, PlatformLimitsView } from "@caprock/contract";
import { Box, Button, Divider, Group, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { usePlatformLimits } from "../api/limit-calls.ts";
import { type Overridable, OverrideWindow } from "../limits/override-window.tsx";
import { OverridesTable } from "../limits/overrides-table.tsx";
import { RuleWindow } from "../limits/rule-window.tsx";
import { RulesTable } from "../limits/rules-table.tsx";
import { Reading } from "../ui/reading.tsx";
import { Section } from "../ui/section.tsx";

export function PlatformLimits() {
  const limits = usePlatformLimits();
  const [editing, setEditing] = useState<LimitRuleView | "new">();
  const [overriding, setOverriding] = useState<Overridable>();
  return (
    <Section
      title="Platform limits"
      about={`Bind every tenant's calls together, besides each one's own. In force within five seconds.${limits.data ? ` Days and months in ${limits.data.timeZone}.` : ""}`}
      controls={
        <Button
          size="xs"
          variant="light"
          leftSection={<IconPlus size={14} />}
          disabled={!limits.data}
          onClick={() => setEditing("new")}
        >
          Add limit
        </Button>
      }
    >
      <Reading of={limits}>
        {({ rules, overrides, version }) => (
          <>
            <RulesTable owner="platform" rules={rules} version={version} onEdit={setEditing} />
            {rules.length > 0 && <Overrides rules={rules} overrides={overrides} onOverride={setOverriding} />}
            <RuleWindow
              owner="platform"
              rules={rules}
              version={version}
              editing={editing}
              onClose={() => setEditing(undefined)}
            />
          </>
        )}
      </Reading>
      <OverrideWindow owner="platform" limit={overriding} onClose={() => setOverriding(undefined)} />
    </Section>
  );
}

interface OverridesProps extends Pick<PlatformLimitsView, "rules" | "overrides"> {
  readonly onOverride: (limit: Overridable) => void;
}

function Overrides({ rules, overrides, onOverride }: OverridesProps) {
  return (
    <Box component="section" aria-label="Overrides">
      <Divider />
      <Group justify="space-between" px="lg" py="sm">
        <Title order={3} fz="sm">
          Overrides
        </Title>
        <Group gap="xs">
          {rules.map(({ id, unit, amount }) => (
            <Button
              key={id}
              size="compact-xs"
              variant="subtle"
              onClick={() => onOverride({ limitId: id, unit, amount, resetsAt: undefined })}
            >
              Override {id}
            </Button>
          ))}
        </Group>
      </Group>
      <OverridesTable owner="platform" overrides={overrides} />
    </Box>
  );
}
