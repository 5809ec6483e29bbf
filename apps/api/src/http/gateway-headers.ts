/** Reads the headers that API Gateway gives a function as text. */

/** `Headers` takes bytes, as HTTP carries them, and throws at any other character; the gateway has made characters of them. */
export function gatewayHeaders(pairs: Iterable<readonly [name: string, value: string]>): Headers {
  const headers = new Headers();
  for (const [name, value] of pairs) {
    headers.append(name, Buffer.from(value).toString("latin1"));
  }
  return headers;
}
