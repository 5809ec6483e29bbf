import { expect, test } from "vitest";
import { readFileData } from "./read-file-data.ts";

const pdf = "data:application/pdf;base64,JVBERi0=";

test("a data URL becomes a document, under a name that Bedrock takes", () => {
  expect(readFileData({ file_data: pdf, filename: "Müller & Co_2026 (final).pdf" }, "at", 3)).toEqual({
    document: { format: "pdf", name: "M ller Co 2026 (final) 3", source: { bytes: "JVBERi0=" } },
  });
  expect(readFileData({ file_data: pdf }, "at", 1)).toMatchObject({ document: { name: "Document 1" } });
});

test.each([
  [{ file_id: "file-1" }, "at.file_id"],
  [{ file_url: "https://example.com/a.pdf" }, "at.file_url"],
])("a file that would have to be fetched is refused by name: %j", (file, param) => {
  expect(readFileData(file, "at", 1)).toMatchObject({ refused: { code: "unsupported_parameter", param } });
});

test.each([
  undefined,
  "",
  "JVBERi0=",
  "data:application/zip;base64,AAAA",
  "data:application/pdf;base64,A",
  "data:,x",
])("%j is no document", (file_data) => {
  expect(readFileData({ file_data }, "at", 1)).toMatchObject({
    refused: { code: "invalid_request", param: "at.file_data" },
  });
});
