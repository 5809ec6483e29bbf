import { expect, test } from "vitest";
import { readImageUrl } from "./read-image-url.ts";

const onePixel = "R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=";
const at = "messages[0].content[1]";

test.each([
  ["data:image/png;base64,", "png"],
  ["data:image/jpeg;base64,", "jpeg"],
  ["data:image/jpg;base64,", "jpeg"],
  ["data:image/gif;base64,", "gif"],
  ["data:image/webp;base64,", "webp"],
  ["DATA:Image/PNG;Base64,", "png"],
  ["data:image/png;name=a.png;base64,", "png"],
])("%s gives the format its media type names, and its bytes untouched", (header, format) => {
  expect(readImageUrl(header + onePixel, at)).toEqual({ image: { format, source: { bytes: onePixel } } });
});

test.each([
  "https://example.com/a.png",
  "http://169.254.169.254/latest/meta-data",
  "HTTPS://example.com/a,b",
])("%s is refused by name: nothing is fetched for a caller", (url) => {
  expect(readImageUrl(url, at)).toMatchObject({ refused: { code: "unsupported_parameter", param: at } });
});

test.each([
  ["an empty address", ""],
  ["another scheme", `file:///etc/passwd,${onePixel}`],
  ["no media type", `data:;base64,${onePixel}`],
  ["a format Bedrock does not read", `data:image/svg+xml;base64,${onePixel}`],
  ["a media type that is also a property of objects", `data:constructor;base64,${onePixel}`],
  ["data that is not base64", "data:image/png,%89PNG"],
  ["no data", "data:image/png;base64,"],
  ["a character outside the alphabet", "data:image/png;base64,AA*A"],
  ["the URL alphabet", "data:image/png;base64,AA-_"],
  ["a line break", "data:image/png;base64,AAAA\nAAAA"],
  ["missing padding", "data:image/png;base64,AAA"],
  ["padding inside", "data:image/png;base64,AA==AAAA"],
  ["padding alone", "data:image/png;base64,===="],
])("%s is refused, and the refusal names the URL but does not repeat it", (_, url) => {
  const result = readImageUrl(url, at);
  expect(result).toMatchObject({ refused: { code: "invalid_request", param: `${at}.image_url.url` } });
  expect(JSON.stringify(result)).not.toContain(url || "\0");
});

test("an image of many megabytes is read in time linear in its size", () => {
  const bytes = "A".repeat(16 * 1024 * 1024);
  expect(readImageUrl(`data:image/png;base64,${bytes}`, at)).toMatchObject({ image: { source: { bytes } } });
  expect(readImageUrl(`data:image/png;base64,${bytes}AAA*`, at)).toMatchObject({ refused: {} });
});
