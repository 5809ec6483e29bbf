/** Fills the form of a tenant's context policy, as an admin would. */
import type { Locator, Page } from "playwright-core";

export async function openContextPolicy(page: Page, tenantUrl: string): Promise<Locator> {
  await page.goto(tenantUrl);
  await page.getByRole("tab", { name: "Context" }).click();
  return page.getByRole("form", { name: "Context policy" });
}

/** Resolves when both mistakes are shown where they are: the form's own find, and then the API's. */
export async function saveWrongly(form: Locator): Promise<void> {
  await form.getByRole("radio", { name: "Summary and relevance" }).check();
  await form.getByLabel("Window").fill("10");
  await form.getByLabel("Summariser").fill("no.such-model");
  await submit(form);
  await form.getByText("A whole number from 1,000 to 10,000,000").waitFor();
  await form.getByLabel("Window").fill("4000");
  await submit(form);
  await form.getByText("does not exist here").waitFor();
}

/** Saves a policy, and returns it as the API is to have it. */
export async function save(form: Locator) {
  const summariserModel = "us.amazon.nova-lite-v1:0";
  const embeddingModel = "amazon.titan-embed-text-v2:0";
  await form.getByLabel("Summariser").fill(summariserModel);
  await form.getByLabel("Embedding model").fill(embeddingModel);
  await submit(form);
  await form.page().getByText("has a new context policy").waitFor();
  return { strategy: "summarise", windowTokens: 4_000, summariserModel, embeddingModel } as const;
}

/** Back to the defaults, as far as the form shows them. */
export async function reset(form: Locator): Promise<void> {
  await form.getByRole("radio", { name: "By kind of chat" }).check();
  await form.getByLabel("Window").fill("");
  await submit(form);
  await form.getByRole("button", { name: "Save policy" }).and(form.page().locator("[disabled]")).waitFor();
}

const submit = (form: Locator) => form.getByRole("button", { name: "Save policy" }).click();
