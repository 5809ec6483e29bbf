/** The routes under /_aws-local/: health, witness, faults, gate, speed, how AgentCore behaves and what SNS published. */
import { z } from "zod";
import type { AgentCoreBehaviour } from "./agentcore/service.ts";
import type { Speed } from "./bedrock/pace.ts";
import type { Exchange } from "./exchange.ts";
import { type Faults, faultSchema } from "./faults.ts";
import type { Gate } from "./gate.ts";
import type { Publisher } from "./sns/publisher.ts";
import type { Witness } from "./witness.ts";

export interface ControlParts {
  readonly witness: Witness;
  readonly faults: Faults;
  readonly gate: Gate;
  readonly setSpeed: (change: Partial<Speed>) => Speed;
  readonly publisher: Publisher;
  readonly setAgentCore: (change: AgentCoreBehaviour) => Required<AgentCoreBehaviour>;
}

export const controlPath = "/_aws-local/";

const gateSchema = z.strictObject({ closed: z.boolean() });
const speedSchema = z.strictObject({
  timeToFirstTokenMs: z.number().min(0).optional(),
  tokensPerSecond: z.number().min(0).optional(),
});
const agentCoreSchema = z.strictObject({
  extractionLagMs: z.number().min(0).optional(),
  settlingMs: z.number().min(0).optional(),
  rateLimits: z.boolean().optional(),
  failExtractions: z.number().int().min(0).optional(),
  failRecords: z.number().int().min(0).optional(),
});

type Route = (exchange: Exchange, parts: ControlParts) => unknown;

const routes: Readonly<Record<string, Route>> = {
  "GET health": () => ({ status: "ok" }),
  "GET witness": ({ query }, { witness }) =>
    witness.report({
      tenant: query.get("tenant") ?? undefined,
      requestId: query.get("requestId") ?? undefined,
    }),
  "GET sns": ({ query }, { publisher }) => ({
    published: publisher.published(query.get("topicArn") ?? undefined),
  }),
  "GET faults": (_, { faults }) => ({ faults: faults.list() }),
  "POST faults": ({ body }, { faults }) => {
    faults.add(faultSchema.parse(JSON.parse(body.toString())));
    return { faults: faults.list() };
  },
  "DELETE faults": (_, { faults }) => {
    faults.clear();
    return { faults: [] };
  },
  "GET gate": (_, { gate }) => ({ closed: gate.closed, waiting: gate.waiting }),
  "POST gate": ({ body }, { gate }) => {
    gate.set(gateSchema.parse(JSON.parse(body.toString())).closed);
    return { closed: gate.closed, waiting: gate.waiting };
  },
  "POST agentcore": ({ body }, { setAgentCore }) =>
    setAgentCore(agentCoreSchema.parse(JSON.parse(body.toString()))),
  "POST speed": ({ body }, { setSpeed }) => {
    const { timeToFirstTokenMs, tokensPerSecond } = speedSchema.parse(JSON.parse(body.toString()));
    return setSpeed({
      ...(timeToFirstTokenMs === undefined ? {} : { timeToFirstTokenMs }),
      ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
    });
  },
};

/** Answers one control request; a body it cannot read is answered 400 with what is wrong in it. */
export function serveControl(exchange: Exchange, parts: ControlParts): void {
  const route = routes[`${exchange.method} ${exchange.path.slice(controlPath.length)}`];
  if (route === undefined) {
    exchange.sendJson(404, { message: `Routes: ${Object.keys(routes).join(", ")}` });
    return;
  }
  try {
    exchange.sendJson(200, route(exchange, parts));
  } catch (error) {
    if (!(error instanceof z.ZodError || error instanceof SyntaxError)) {
      throw error;
    }
    exchange.sendJson(400, { message: error instanceof z.ZodError ? z.prettifyError(error) : error.message });
  }
}
