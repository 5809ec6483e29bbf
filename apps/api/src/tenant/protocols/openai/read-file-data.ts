/** Reads a document that a caller sent inside its request as a data URL. */
import { type Refusal, refusal } from "@caprock/domain";
import type { DocumentBlock } from "../converse-json.ts";
import { refuseInvalid } from "./refuse-invalid.ts";

/** The formats of Converse's DocumentBlock by their registered media types. */
const formats = new Map<string, DocumentBlock["document"]["format"]>([
  ["application/pdf", "pdf"],
  ["text/plain", "txt"],
  ["text/markdown", "md"],
  ["text/csv", "csv"],
  ["text/html", "html"],
  ["application/msword", "doc"],
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"],
  ["application/vnd.ms-excel", "xls"],
  ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"],
]);

export interface FilePart {
  readonly file_data?: string | null | undefined;
  readonly file_id?: string | null | undefined;
  readonly file_url?: string | null | undefined;
  readonly filename?: string | null | undefined;
}

const longestHeader = 200;
const longestName = 100;

/**
 * The document of a part with `file_data`. Files by id and by web address are refused by name. `at` names the part in
 * refusals; `number` makes the document's name its own, as Bedrock asks.
 */
export function readFileData(file: FilePart, at: string, number: number): DocumentBlock | Refusal {
  const { file_data: url, filename } = file;
  for (const member of ["file_id", "file_url"] as const) {
    if (file[member]) {
      const param = `${at}.${member}`;
      return refusal({
        code: "unsupported_parameter",
        message: `\`${param}\` is not served; send the file as a data URL in file_data.`,
        param,
      });
    }
  }
  const param = `${at}.file_data`;
  if (!url) {
    return refuseInvalid(
      param,
      `\`${param}\` is missing; it must be a data URL such as data:application/pdf;base64,…`,
    );
  }
  const comma = url.indexOf(",");
  const header = url.slice(0, Math.min(comma < 0 ? longestHeader : comma, longestHeader)).toLowerCase();
  const [mediaType = "", ...attributes] = header.startsWith("data:") ? header.slice(5).split(";") : [];
  const format = formats.get(mediaType);
  if (comma < 0 || attributes.at(-1) !== "base64" || !format) {
    const expectation = `must be a base64 data URL of ${[...formats.values()].join(", ")}`;
    return refuseInvalid(param, `\`${param}\` ${expectation}.`);
  }
  const bytes = url.slice(comma + 1);
  if (bytes === "" || bytes.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(bytes)) {
    return refuseInvalid(
      param,
      `\`${param}\` must hold base64: the standard alphabet, padded, without spaces.`,
    );
  }
  return { document: { format, name: documentName(filename ?? "", number), source: { bytes } } };
}

/** Letters, digits, single spaces, hyphens, parentheses and brackets (API reference, DocumentBlock). */
function documentName(filename: string, number: number): string {
  const plain = filename
    .replace(/\.[A-Za-z0-9]+$/, "")
    .replace(/[^A-Za-z0-9\-()[\] ]+/g, " ")
    .replace(/ +/g, " ")
    .trim()
    .slice(0, longestName);
  return `${plain === "" ? "Document" : plain} ${number}`;
}
