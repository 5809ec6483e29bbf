/** A tenant's context policy: how its chats are fitted into a window, read and changed in place. */
import type { TenantView } from "@caprock/contract";
import {
  Alert,
  Button,
  Group,
  NumberInput,
  Radio,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { useUpdateTenant } from "../api/changes.ts";
import { useRefusal } from "../ui/refusal.ts";
import {
  type ContextPolicyValues,
  contextPolicyRules,
  placePolicyRefusal,
  policyOf,
  strategies,
  valuesOf,
} from "./context-policy-form.ts";

export function ContextPolicyPanel({ tenant }: { tenant: TenantView }) {
  const update = useUpdateTenant(tenant);
  // Whoever else changes the tenant meanwhile is not overwritten: the version is the one that was shown.
  const [shown, setShown] = useState(tenant);
  const form = useForm<ContextPolicyValues>({
    initialValues: valuesOf(shown.contextPolicy),
    validate: contextPolicyRules,
  });
  const refusal = useRefusal(form, placePolicyRefusal);
  const show = (next: TenantView) => {
    const values = valuesOf(next.contextPolicy);
    setShown(next);
    refusal.clear();
    form.setValues(values);
    form.resetDirty(values);
    form.clearErrors();
  };
  const submit = form.onSubmit((values) => {
    refusal.clear();
    update.mutate(
      { body: { contextPolicy: policyOf(values), version: shown.version }, done: "has a new context policy" },
      {
        onSuccess: show,
        onError: refusal.show,
      },
    );
  });
  const summarises = form.values.strategy === "summarise";
  const recalls = form.values.strategy !== "window";
  return (
    <form onSubmit={submit} noValidate aria-label="Context policy">
      <Stack gap="xl" p="lg">
        <Text c="dimmed" fz="sm" maw={680}>
          What is sent of a chat that is longer than its window. A request may narrow the window and choose
          the rest for itself, but not other models than the ones named here. Chats that fit are sent as they
          are.
        </Text>
        <Radio.Group label="Of a chat that does not fit" {...form.getInputProps("strategy")}>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" mt="xs" maw={860}>
            {strategies.map((strategy) => (
              <Radio key={strategy.value} {...strategy} />
            ))}
          </SimpleGrid>
        </Radio.Group>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg" maw={860}>
          <NumberInput
            label="Window"
            description="Prompt and answer together, by estimate."
            placeholder="The model's own"
            suffix=" tokens"
            thousandSeparator=","
            allowDecimal={false}
            allowNegative={false}
            {...form.getInputProps("windowTokens")}
          />
          <NumberInput
            label="Tool results to keep"
            description="Older ones are cleared before messages go."
            placeholder="All"
            allowDecimal={false}
            allowNegative={false}
            {...form.getInputProps("keepToolResults")}
          />
          {recalls && (
            <>
              <NumberInput
                label="Room for older messages"
                description="Part of the chat's room that search fills."
                placeholder={summarises ? "25 %" : "50 %"}
                suffix=" %"
                allowNegative={false}
                {...form.getInputProps("recallPercent")}
              />
              <TextInput
                label="Embedding model"
                description="Sessions are searched by likeness too, on this tenant's bill."
                placeholder="None: by words alone"
                {...form.getInputProps("embeddingModel")}
              />
            </>
          )}
          {summarises && (
            <>
              <NumberInput
                label="Room for the summary"
                description="A longer one is left out."
                placeholder="15 %"
                suffix=" %"
                allowNegative={false}
                {...form.getInputProps("summaryPercent")}
              />
              <TextInput
                label="Summariser"
                description="As a caller would name it."
                placeholder="A cheap model beside the chat's"
                {...form.getInputProps("summariserModel")}
              />
            </>
          )}
        </SimpleGrid>
        <NumberInput
          label="Room for documents"
          description="Part of the room that system prompt, tools and question leave, for search results that a question brings: those that do not fit are left out, the least relevant first. Without it such a call is refused."
          placeholder="All of them, or none"
          suffix=" %"
          maw={420}
          allowNegative={false}
          {...form.getInputProps("documentsPercent")}
        />
        <Switch
          label="Set cache points"
          description="Where the model takes them and the caller has set none. What is written to a cache costs more, what is read from it far less."
          {...form.getInputProps("cachePoints", { type: "checkbox" })}
        />
        <Switch
          label="Remember across sessions"
          description="What sessions keep is taken into long-term memory, and recalled for an actor's questions; where the deployment has such memory."
          {...form.getInputProps("memory", { type: "checkbox" })}
        />
        {form.values.memory && (
          <NumberInput
            label="Room for what is remembered"
            description="Part of the room that system prompt, tools and question leave."
            placeholder="15 %"
            suffix=" %"
            maw={420}
            allowNegative={false}
            {...form.getInputProps("memoriesPercent")}
          />
        )}
        {refusal.problem && (
          <Alert color="red" role="alert" py="xs" maw={860}>
            {refusal.problem}
          </Alert>
        )}
        <Group gap="sm">
          <Button type="submit" loading={update.isPending} disabled={!form.isDirty()}>
            Save policy
          </Button>
          <Button variant="default" disabled={!form.isDirty()} onClick={() => show(tenant)}>
            Discard changes
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
