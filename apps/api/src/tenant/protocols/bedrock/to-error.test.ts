import * as sdk from "@aws-sdk/client-bedrock-runtime";
import { type ErrorCode, errorCatalog, type RequestId } from "@caprock/domain";
import { expect, test } from "vitest";
import { toErrorAnswer } from "./to-error.ts";

const codes = Object.keys(errorCatalog) as ErrorCode[];

/** The status that Bedrock Runtime's own model gives an exception, as the SDK's schema of it says. */
function statusInModel(name: string | undefined): unknown {
  const schema: unknown = Reflect.get(sdk, `${name}$`);
  return Array.isArray(schema) ? schema[3].httpError : undefined;
}

test("AWS's model is read, and a conflict is a 400 there", () => {
  expect(statusInModel("ConflictException")).toBe(400);
  expect(statusInModel("ThrottlingException")).toBe(429);
});

/** Outside the model: AWS refuses both before its service is asked. */
const ofNoModel: Partial<Record<ErrorCode, number>> = { invalid_signature: 403, body_too_large: 413 };

test.each(codes)("%s has the status that Bedrock Runtime's model gives its exception", (code) => {
  const { status, headers } = toErrorAnswer({ code, message: "Why." }, "req_1" as RequestId);
  expect(status).toBe(ofNoModel[code] ?? statusInModel(headers["x-amzn-errortype"]));
});
