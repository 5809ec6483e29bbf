import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { expect, test } from "vitest";
import { startAwsLocal } from "../../server.ts";
import { bedrockClient } from "../../test-clients.ts";
import { simulatedVector } from "./simulated-vector.ts";

const likeness = (a: string, b: string) => {
  const [x, y] = [simulatedVector(a, 1_024), simulatedVector(b, 1_024)];
  return x.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0);
};

test("the same text has the same vector of length 1, whatever it holds", () => {
  for (const text of ["", "?!", "Hello there", "水箱有一道裂缝"]) {
    expect(simulatedVector(text, 256)).toEqual(simulatedVector(text, 256));
    expect(Math.hypot(...simulatedVector(text, 256))).toBeCloseTo(1, 5);
  }
});

test("texts are alike by shared words, beginnings of words and the listed meanings", () => {
  const question = "Wie heißt der Hund?";
  expect(likeness(question, "We adopted a dog.")).toBeGreaterThan(0.3);
  expect(likeness(question, "The kettle hums.")).toBeLessThan(0.1);
  expect(likeness("shipping costs", "they shipped it")).toBeGreaterThan(
    likeness("shipping costs", "they painted it"),
  );
});

test("behind MODEL_URL vectors are the server's, at the length that was asked for, and where it makes none they are simulated", async () => {
  let status = 200;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const { input } = JSON.parse(Buffer.concat(chunks).toString());
    const data = input.map((_: string, index: number) => ({ index, embedding: [3, 4] })).reverse();
    response.writeHead(request.url === "/v1/embeddings" ? status : 404);
    response.end(JSON.stringify({ data, usage: { prompt_tokens: 7 } }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const local = await startAwsLocal({
    modelUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
  });
  const invoke = async () => {
    const { body } = await bedrockClient(local.url).send(
      new InvokeModelCommand({
        modelId: "amazon.titan-embed-text-v2:0",
        body: JSON.stringify({ inputText: "Hello there", dimensions: 256 }),
      }),
    );
    return JSON.parse(body.transformToString());
  };
  const real = await invoke();
  expect(real).toMatchObject({ inputTextTokenCount: 7 });
  expect(real.embedding.slice(0, 3)).toEqual([0.6, 0.8, 0]);
  expect(real.embedding).toHaveLength(256);
  status = 501;
  expect((await invoke()).embedding).toEqual(simulatedVector("Hello there", 256));
  expect(local.witness({}).totals).toMatchObject({ count: 2 });
  await local.close();
  server.close();
});
