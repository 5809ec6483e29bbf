/** The production stage. Copy it to make another one, and name that in `stages.ts`. */
import type { Stage } from "./stage.ts";

export const production = {
  name: "production",
  region: "us-east-1",
  namePrefix: "caprock-production",
  tags: {},
  // remoteState: { bucket: "<your state bucket>", key: "caprock/production.tfstate", region: "us-east-1" },
  // edge: { tokenPublicKey: "<the public key of access tokens, see stage.ts>" },
  ownsRegionSettings: true,
  sessionStore: "dynamodb",
  logLevel: "info",
  logRetentionDays: 30,
  // Reconciliation reads a record within the hour; the rest is for an operator who looks into an old dispute.
  invocationLogRetentionDays: 30,
  logBodies: false,
  bedrock: { foundationModels: ["*"], inferenceProfiles: ["*"] },
  api: {
    memoryMb: 1_024,
    reservedConcurrency: 500,
    requestsPerSecond: 1_000,
    requestBurst: 2_000,
    settings: {
      // An invocation carries at most 6 MB, and the gateway hands the body over in base64.
      CAPROCK_MAX_BODY_BYTES: "4500000",
      // A call may take three quarters of it: 13.5 minutes, so that it settles before the function's 15 are over.
      CAPROCK_HOLD_TTL_MS: "1080000",
      // Below the gateway's five minutes of silence, so that Caprock words the error and settles the call.
      CAPROCK_UPSTREAM_IDLE_TIMEOUT_MS: "280000",
      // A function has no time of its own to call CloudWatch in; its log is read anyway.
      CAPROCK_METRICS: "emf",
    },
  },
  socket: { memoryMb: 1_024, reservedConcurrency: 200 },
  worker: {
    memoryMb: 512,
    timeoutSeconds: 300,
    schedule: "rate(1 minute)",
    settings: { CAPROCK_METRICS: "emf" },
  },
} as const satisfies Stage;
