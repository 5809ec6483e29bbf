/** The patterns and lengths of AgentCore's identifiers, as its API reference gives them. */
import { z } from "zod";

const matching = (pattern: RegExp, most: number) => z.string().min(1).max(most).regex(pattern);

const colons = "(?::[a-zA-Z0-9-_/]+)*[a-zA-Z0-9-_/]*";
export const actorId = matching(new RegExp(`^[a-zA-Z0-9][a-zA-Z0-9-_/]*${colons}$`), 255);
export const sessionId = matching(/^[a-zA-Z0-9][a-zA-Z0-9-_]*$/, 100);
export const eventId = matching(/^[0-9]+#[a-fA-F0-9]+$/, 60);
export const strategyId = matching(/^[a-zA-Z0-9][a-zA-Z0-9-_]*$/, 100);
export const recordId = matching(/^mem-[a-zA-Z0-9-_]*$/, 50).min(40);
export const requestIdentifier = matching(/^[a-zA-Z0-9_-]+$/, 80);
/** A resolved namespace; a template also has variables in braces. */
export const namespace = matching(
  /^[a-zA-Z0-9/*][a-zA-Z0-9-_/*]*(?::[a-zA-Z0-9-_/*]+)*[a-zA-Z0-9-_/*]*$/,
  1_024,
);
export const namespaceTemplate = matching(/^[a-zA-Z0-9\-_/*:{}]+$/, 1_024);
export const clientToken = z.string().min(1).max(500);
export const maxResults = z.number().int().min(1).max(100).default(20);
export const nextToken = z.string().min(1).optional();
/** Seconds since the Unix epoch, with fractions. */
export const timestamp = z.number().min(0);
