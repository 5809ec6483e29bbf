/** Reads an image that a caller sent inside its request as a data URL. */
import { type Refusal, refusal } from "@caprock/domain";
import type { ImageBlock } from "../converse-json.ts";
import { refuseInvalid } from "./refuse-invalid.ts";

/** The formats of Converse's ImageBlock; "image/jpg" is no registered type, but often written. */
const formats = new Map<string, ImageBlock["image"]["format"]>([
  ["image/png", "png"],
  ["image/jpeg", "jpeg"],
  ["image/jpg", "jpeg"],
  ["image/gif", "gif"],
  ["image/webp", "webp"],
]);

const longestHeader = 200;

/**
 * The image of a `data:<type>;base64,<data>` URL. The format is the one the media type names; the data must be
 * whole base64 and is passed on as it is. `at` names the content part in refusals. Web addresses are refused:
 * nothing is fetched on a caller's behalf.
 */
export function readImageUrl(url: string, at: string): ImageBlock | Refusal {
  const comma = url.indexOf(",");
  const header = url.slice(0, Math.min(comma < 0 ? longestHeader : comma, longestHeader)).toLowerCase();
  if (/^https?:/.test(header)) {
    return refusal({
      code: "unsupported_parameter",
      message: `\`${at}\`: images by web address are not served; send a data URL.`,
      param: at,
    });
  }
  const param = `${at}.image_url.url`;
  const [mediaType = "", ...attributes] = header.startsWith("data:") ? header.slice(5).split(";") : [];
  if (comma < 0 || attributes.at(-1) !== "base64") {
    return refuse(param, "must be a data URL such as data:image/png;base64,…");
  }
  const format = formats.get(mediaType);
  if (!format) {
    return refuse(param, "must have the media type image/png, image/jpeg, image/gif or image/webp");
  }
  const bytes = url.slice(comma + 1);
  if (bytes === "" || bytes.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(bytes)) {
    return refuse(param, "must hold base64: the standard alphabet, padded, without spaces");
  }
  return { image: { format, source: { bytes } } };
}

function refuse(param: string, expectation: string): Refusal {
  return refuseInvalid(param, `\`${param}\` ${expectation}.`);
}
