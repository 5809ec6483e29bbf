/** SNS: topics, subscriptions and publishing over awsQuery (a form in, XML out), with faults. */
import type { Exchange } from "../exchange.ts";
import type { Faults } from "../faults.ts";
import { QueryError, strikeQuery } from "../query-service.ts";
import { newId } from "../system.ts";
import { xmlDeclaration, xmlElement } from "../xml.ts";
import { snsError } from "./errors.ts";
import { operations, type SnsParts } from "./operations.ts";

const xmlNamespace = "http://sns.amazonaws.com/doc/2010-03-31/";

/** Whether a request is SNS's: by the service in its signature, or by the link to unsubscribe, which has none. */
export function isSns({ path, query, headers }: Exchange): boolean {
  const signedForSns = /Credential=[^,]*\/sns\/aws4_request/.test(headers.authorization ?? "");
  return path === "/" && (signedForSns || query.get("Action") === "Unsubscribe");
}

/** Answers one SNS request. */
export async function serveSns(exchange: Exchange, parts: SnsParts, faults: Faults): Promise<void> {
  const requestId = newId();
  const send = (status: number, xml: string) =>
    exchange.send(
      status,
      { "content-type": "text/xml", "x-amzn-requestid": requestId },
      xmlDeclaration + xml,
    );
  try {
    const form = exchange.method === "POST" ? new URLSearchParams(exchange.body.toString()) : exchange.query;
    const action = form.get("Action") ?? "";
    const operation = operations[action];
    if (operation === undefined) {
      throw snsError("InvalidAction", `aws-local serves ${Object.keys(operations).join(", ")}.`);
    }
    const fault = faults.takeQuery("sns", action);
    await strikeQuery(fault, exchange.gone, ["Throttled", 429], ["InternalError", 500]);
    const result = operation(form, parts);
    if (fault?.kind === "lostAnswer") {
      return exchange.cut();
    }
    send(
      200,
      `<${action}Response xmlns="${xmlNamespace}"><${action}Result>${result}</${action}Result>` +
        `<ResponseMetadata>${xmlElement("RequestId", requestId)}</ResponseMetadata></${action}Response>`,
    );
  } catch (error) {
    const known = error instanceof QueryError ? error : snsError("InternalError", "aws-local failed.");
    const inside = [
      xmlElement("Type", known.side),
      xmlElement("Code", known.code),
      xmlElement("Message", known.message),
    ];
    send(
      known.httpStatus,
      `<ErrorResponse xmlns="${xmlNamespace}"><Error>${inside.join("")}</Error>${xmlElement("RequestId", requestId)}</ErrorResponse>`,
    );
    if (known !== error) {
      throw error;
    }
  }
}
