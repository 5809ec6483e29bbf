/** Runs the check as a Lambda@Edge function. Such functions have no environment: the public key lies beside the code. */
import { readFileSync } from "node:fs";
import { systemClock } from "@caprock/platform";
import { tokenVerifier } from "@caprock/tenancy/access-token";
import { z } from "zod";
import { viewerRequestHandler } from "./viewer-request.ts";

const { tokenPublicKey } = z
  .object({ tokenPublicKey: z.string() })
  .parse(JSON.parse(readFileSync(new URL("./edge.json", import.meta.url), "utf8")));

export const handler = viewerRequestHandler({ verify: tokenVerifier(tokenPublicKey), clock: systemClock });
