/** The tenants a local platform can have, and what they use in the demo month. All of it is made up. */
import { type NanoUsd, parseUsd } from "@caprock/domain";
import type { Workload } from "./traffic.ts";

export interface DemoTenant {
  readonly name: string;
  readonly timeZone: string;
  readonly monthlyCapNanoUsd: NanoUsd;
  readonly requestsPerMinute: number;
  readonly workloads: readonly Workload[];
}

export const demoTenants: readonly DemoTenant[] = [
  {
    name: "Acme Support",
    timeZone: "UTC",
    monthlyCapNanoUsd: parseUsd("10"),
    requestsPerMinute: 600,
    workloads: [
      {
        invokeId: "global.anthropic.claude-haiku-4-5-20251001-v1:0",
        wire: "openai.chat",
        callsPerDay: 26,
        weekendShare: 0.5,
        growth: 1.6,
        typical: { input: 2_400, cacheRead: 9_000, cacheWrite5m: 9_000, output: 900 },
      },
      {
        invokeId: "us.amazon.nova-lite-v1:0",
        wire: "bedrock.converse",
        callsPerDay: 12,
        weekendShare: 0.6,
        growth: 1,
        typical: { input: 6_000, output: 400 },
      },
    ],
  },
  {
    name: "Globex Research",
    timeZone: "America/Los_Angeles",
    monthlyCapNanoUsd: parseUsd("10"),
    requestsPerMinute: 120,
    workloads: [
      {
        invokeId: "global.anthropic.claude-sonnet-5",
        wire: "bedrock.converse-stream",
        callsPerDay: 7,
        weekendShare: 0.1,
        growth: 1.3,
        typical: { input: 14_000, output: 2_600 },
      },
      {
        invokeId: "us.deepseek.r1-v1:0",
        wire: "openai.chat",
        callsPerDay: 5,
        weekendShare: 0.2,
        growth: 1,
        typical: { input: 5_000, output: 3_000 },
      },
    ],
  },
  {
    name: "Initech IDE",
    timeZone: "Asia/Kolkata",
    monthlyCapNanoUsd: parseUsd("15"),
    requestsPerMinute: 1_200,
    workloads: [
      {
        invokeId: "qwen.qwen3-coder-480b-a35b-v1:0",
        wire: "openai.chat",
        callsPerDay: 30,
        weekendShare: 0.15,
        growth: 2,
        typical: { input: 9_000, output: 600 },
      },
      {
        invokeId: "openai.gpt-oss-120b-1:0",
        wire: "openai.chat",
        callsPerDay: 14,
        weekendShare: 0.15,
        growth: 1.4,
        typical: { input: 7_000, output: 800 },
      },
    ],
  },
  {
    name: "Umbrella Contracts",
    timeZone: "Europe/Berlin",
    monthlyCapNanoUsd: parseUsd("60"),
    requestsPerMinute: 60,
    workloads: [
      {
        invokeId: "eu.anthropic.claude-opus-5-5",
        wire: "bedrock.converse",
        callsPerDay: 9,
        weekendShare: 0,
        growth: 1.2,
        typical: { input: 38_000, cacheRead: 12_000, cacheWrite5m: 12_000, output: 3_500 },
      },
      {
        invokeId: "mistral.mistral-large-3-675b-instruct",
        wire: "openai.chat",
        callsPerDay: 6,
        weekendShare: 0.1,
        growth: 1,
        typical: { input: 11_000, output: 1_200 },
      },
    ],
  },
];
