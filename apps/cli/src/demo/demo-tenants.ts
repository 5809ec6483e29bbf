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
        callsPerDay: 13,
        weekendShare: 0.5,
        growth: 1.6,
        typical: { input: 4_600, cacheRead: 17_000, cacheWrite5m: 17_000, output: 1_700 },
      },
      {
        invokeId: "us.amazon.nova-lite-v1:0",
        wire: "bedrock.converse",
        callsPerDay: 6,
        weekendShare: 0.6,
        growth: 1,
        typical: { input: 12_000, output: 800 },
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
        callsPerDay: 4,
        weekendShare: 0.1,
        growth: 1.3,
        typical: { input: 24_000, output: 4_500 },
      },
      {
        invokeId: "us.deepseek.r1-v1:0",
        wire: "openai.chat",
        callsPerDay: 3,
        weekendShare: 0.2,
        growth: 1,
        typical: { input: 8_500, output: 5_000 },
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
        callsPerDay: 15,
        weekendShare: 0.15,
        growth: 2,
        typical: { input: 18_000, output: 1_200 },
      },
      {
        invokeId: "openai.gpt-oss-120b-1:0",
        wire: "openai.chat",
        callsPerDay: 7,
        weekendShare: 0.15,
        growth: 1.4,
        typical: { input: 14_000, output: 1_600 },
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
        callsPerDay: 5,
        weekendShare: 0,
        growth: 1.2,
        typical: { input: 48_000, cacheRead: 14_000, cacheWrite5m: 14_000, output: 6_000 },
      },
      {
        invokeId: "mistral.mistral-large-3-675b-instruct",
        wire: "openai.chat",
        callsPerDay: 3,
        weekendShare: 0.1,
        growth: 1,
        typical: { input: 22_000, output: 2_400 },
      },
    ],
  },
];
