/** One call of a tenant as a client makes it over plain HTTP, and how it ended for that client. */
import type { Seeded } from "./seeded.ts";

export interface CallPlan {
  readonly wire: "openai" | "bedrock";
  readonly streamed: boolean;
  readonly withTool: boolean;
  readonly answerTokens: number;
  /** Absent leaves the answer's bound to Caprock: a stream is then held for in slices. */
  readonly maxTokens: number | undefined;
  readonly model: string;
  /** The client leaves after so many events of a stream, or after so many milliseconds. */
  readonly leaves: { readonly afterEvents: number } | { readonly afterMs: number } | undefined;
}

export interface CallEnd {
  /** `cut`: the connection broke, as when a process is killed. `hung`: it did not end in any way. */
  readonly kind: "answered" | "refused" | "failed" | "left" | "cut" | "hung";
  /** Caprock's stable code of a refusal or failure, or why a connection broke. */
  readonly code?: string | undefined;
  readonly details?: Readonly<Record<string, string>> | undefined;
  readonly requestId?: string | undefined;
  /** What the client was told that it used. */
  readonly told?: { readonly input: number; readonly output: number } | undefined;
}

const tool = { name: "look_up", schema: { type: "object", properties: { place: { type: "string" } } } };

/** A random call: most are short, some long, some open-ended, one in four is left in the middle. */
export function planCall(random: Seeded, models: readonly string[]): CallPlan {
  const streamed = random.chance(0.6);
  const openEnded = streamed && random.chance(0.15);
  const answerTokens = openEnded ? random.between(100, 1_500) : random.between(4, 200);
  const leaves = random.chance(0.25);
  return {
    wire: random.pick(["openai", "bedrock"]),
    streamed,
    withTool: !openEnded && random.chance(0.15),
    answerTokens,
    maxTokens: openEnded ? undefined : random.between(8, 250),
    model: random.pick(models),
    leaves: !leaves
      ? undefined
      : streamed
        ? { afterEvents: random.between(0, Math.ceil(answerTokens / 4)) }
        : { afterMs: random.between(1, 800) },
  };
}

/** Far longer than any call may take. */
const longestCallMs = 90_000;

/** Makes the call; never throws. */
export async function makeCall(url: string, apiKey: string, plan: CallPlan): Promise<CallEnd> {
  const leaving = new AbortController();
  const timer =
    plan.leaves && "afterMs" in plan.leaves
      ? setTimeout(() => leaving.abort(), plan.leaves.afterMs)
      : undefined;
  let hung = false;
  const watchdog = setTimeout(() => {
    hung = true;
    leaving.abort();
  }, longestCallMs);
  let requestId: string | undefined;
  try {
    const response = await fetch(`${url}${pathOf(plan)}`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}` },
      body: JSON.stringify(plan.wire === "openai" ? openAiBody(plan) : bedrockBody(plan)),
      signal: leaving.signal,
    });
    requestId = response.headers.get("x-request-id") ?? undefined;
    if (!response.ok) {
      return { ...refusalOf(response.status, await response.text()), requestId };
    }
    if (!plan.streamed) {
      return { kind: "answered", requestId, told: usageOf(JSON.parse(await response.text())) };
    }
    const most = plan.leaves && "afterEvents" in plan.leaves ? plan.leaves.afterEvents : undefined;
    return { ...(await readEvents(response, plan, most, leaving)), requestId };
  } catch (error) {
    if (hung) {
      return { kind: "hung", code: `hung: ${JSON.stringify(plan)}`, requestId };
    }
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? String(error);
    return leaving.signal.aborted ? { kind: "left", requestId } : { kind: "cut", requestId, code: cause };
  } finally {
    clearTimeout(timer);
    clearTimeout(watchdog);
  }
}

/** What a stream consists of, as far as it has come; each event is JSON. */
export function eventsOf(received: Buffer, wire: CallPlan["wire"]): readonly unknown[] {
  return wire === "openai" ? serverSentEvents(received) : eventStreamFrames(received);
}

async function readEvents(
  { body }: Response,
  { wire }: CallPlan,
  mostEvents: number | undefined,
  leaving: AbortController,
): Promise<CallEnd> {
  let received = Buffer.alloc(0);
  const reader = body?.getReader();
  for (;;) {
    if (mostEvents !== undefined && eventsOf(received, wire).length >= mostEvents) {
      leaving.abort();
      // What an aborted body still says is not waited for: it may be nothing, not even an error.
      return { kind: "left" };
    }
    const { done = true, value } = (await reader?.read()) ?? {};
    if (done) {
      break;
    }
    received = Buffer.concat([received, value ?? Buffer.alloc(0)]);
  }
  const events = eventsOf(received, wire);
  const problem = events.map((event) => problemIn(event)).find((found) => found !== undefined);
  if (problem) {
    return { kind: "failed", code: problem };
  }
  const told = events.map((event) => usageOf(event)).findLast((usage) => usage !== undefined);
  return told ? { kind: "answered", told } : { kind: "cut", code: "ended early" };
}

function pathOf({ wire, model, streamed }: CallPlan): string {
  return wire === "openai"
    ? "/v1/chat/completions"
    : `/model/${encodeURIComponent(model)}/converse${streamed ? "-stream" : ""}`;
}

function promptOf({ withTool, answerTokens }: CallPlan): string {
  return withTool ? `Look it up. [[tool=${tool.name}]]` : `Tell me more. [[tokens=${answerTokens}]]`;
}

function openAiBody(plan: CallPlan): object {
  const { name, schema } = tool;
  return {
    model: plan.model,
    messages: [{ role: "user", content: promptOf(plan) }],
    ...(plan.maxTokens === undefined ? {} : { max_tokens: plan.maxTokens }),
    ...(plan.streamed ? { stream: true, stream_options: { include_usage: true } } : {}),
    ...(plan.withTool ? { tools: [{ type: "function", function: { name, parameters: schema } }] } : {}),
  };
}

function bedrockBody(plan: CallPlan): object {
  const { name, schema } = tool;
  return {
    messages: [{ role: "user", content: [{ text: promptOf(plan) }] }],
    ...(plan.maxTokens === undefined ? {} : { inferenceConfig: { maxTokens: plan.maxTokens } }),
    ...(plan.withTool
      ? { toolConfig: { tools: [{ toolSpec: { name, inputSchema: { json: schema } } }] } }
      : {}),
  };
}

interface ProblemBody {
  readonly code?: string;
  readonly details?: Readonly<Record<string, string>>;
}

function refusalOf(status: number, text: string): CallEnd {
  const body = JSON.parse(text) as ProblemBody & { readonly error?: ProblemBody };
  const { code = `status ${status}`, details } = body.error ?? body;
  return { kind: status >= 500 || status === 408 || status === 424 ? "failed" : "refused", code, details };
}

function problemIn(event: unknown): string | undefined {
  const { error, exception, code } = event as ProblemBody & { error?: ProblemBody; exception?: string };
  return error?.code ?? (exception === undefined ? undefined : (code ?? exception));
}

function usageOf(event: unknown): CallEnd["told"] {
  const { usage } = event as { usage?: Record<string, number | undefined> | null };
  return usage
    ? {
        input: usage.prompt_tokens ?? usage.inputTokens ?? 0,
        output: usage.completion_tokens ?? usage.outputTokens ?? 0,
      }
    : undefined;
}

function serverSentEvents(received: Buffer): unknown[] {
  const whole = received.subarray(0, received.lastIndexOf("\n\n") + 2).toString("utf8");
  return whole
    .split("\n\n")
    .filter((event) => event.startsWith("data: ") && event !== "data: [DONE]")
    .map((event) => JSON.parse(event.slice("data: ".length)) as unknown);
}

/** A frame is its length, its headers' length, a checksum, headers, the payload, a checksum (event stream encoding). */
function eventStreamFrames(received: Buffer): unknown[] {
  const events: unknown[] = [];
  for (let at = 0; at + 12 <= received.length; ) {
    const length = received.readUInt32BE(at);
    const headersLength = received.readUInt32BE(at + 4);
    if (at + length > received.length) {
      break;
    }
    const headers = received.subarray(at + 12, at + 12 + headersLength).toString("latin1");
    const payload = received.subarray(at + 12 + headersLength, at + length - 4).toString("utf8");
    const exception = /:exception-type...([A-Za-z]+)/s.exec(headers)?.[1];
    events.push(exception === undefined ? JSON.parse(payload) : { ...JSON.parse(payload), exception });
    at += length;
  }
  return events;
}
