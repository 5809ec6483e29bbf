/** A tenant's limits: how they stand, its own rules, overrides, and what becomes of calls beyond the budget. */
import type { LimitRuleView, LimitStandingView, TenantView } from "@caprock/contract";
import { Box, Button, Divider, Group, Select, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useStandings } from "../api/limit-calls.ts";
import { useApiKeys } from "../api/queries.ts";
import { OverrideWindow } from "../limits/override-window.tsx";
import { OverridesTable } from "../limits/overrides-table.tsx";
import { RuleWindow } from "../limits/rule-window.tsx";
import { RulesTable } from "../limits/rules-table.tsx";
import { Standings } from "../limits/standings.tsx";
import { Reading } from "../ui/reading.tsx";
import { PricingTerms } from "./pricing-terms.tsx";

export function LimitsPanel({ tenant }: { tenant: TenantView }) {
  const [apiKeyId, chooseKey] = useState<string>();
  const standings = useStandings(tenant.id, { apiKeyId });
  const keys = useApiKeys(tenant.id);
  const [editing, setEditing] = useState<LimitRuleView | "new">();
  const [overriding, setOverriding] = useState<LimitStandingView>();
  return (
    <>
      <Group justify="space-between" px="lg" py="sm" gap="sm">
        <Text c="dimmed" fz="sm">
          What binds this tenant's calls now, the platform's limits included.
        </Text>
        <Select
          aria-label="Also the limits of a key"
          placeholder="Also of a key and its application"
          size="xs"
          w={250}
          clearable
          data={keys.data?.map(({ id, name, application }) => ({
            value: id,
            label: `${name} (${application})`,
          }))}
          value={apiKeyId ?? null}
          onChange={(chosen) => chooseKey(chosen ?? undefined)}
        />
      </Group>
      <Reading of={standings}>{(read) => <Standings standings={read} onOverride={setOverriding} />}</Reading>
      <Part
        title="Further limits"
        control={
          <Button
            size="xs"
            variant="light"
            leftSection={<IconPlus size={14} />}
            onClick={() => setEditing("new")}
          >
            Add limit
          </Button>
        }
      >
        <RulesTable owner={tenant} rules={tenant.rules} version={tenant.version} onEdit={setEditing} />
      </Part>
      <Part title="Overrides">
        <OverridesTable owner={tenant} overrides={tenant.overrides} />
      </Part>
      <Part title="Beyond the budget, and price">
        <PricingTerms tenant={tenant} />
      </Part>
      <RuleWindow
        owner={tenant}
        rules={tenant.rules}
        version={tenant.version}
        editing={editing}
        onClose={() => setEditing(undefined)}
      />
      <OverrideWindow
        owner={tenant}
        limit={
          overriding && {
            limitId: overriding.limitId,
            unit: overriding.unit,
            amount: overriding.limit,
            resetsAt: overriding.window?.kind === "minute" ? undefined : overriding.window?.resetsAt,
          }
        }
        onClose={() => setOverriding(undefined)}
      />
    </>
  );
}

function Part({ title, control, children }: { title: string; control?: ReactNode; children: ReactNode }) {
  return (
    <Box component="section" aria-label={title}>
      <Divider />
      <Group justify="space-between" px="lg" py="sm">
        <Title order={2} fz="sm">
          {title}
        </Title>
        {control}
      </Group>
      {children}
    </Box>
  );
}
