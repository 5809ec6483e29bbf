/** Answers a call with JSON, its headers written as they are: in a Headers object each costs some 2 KB, which is collected at once. */

export function jsonAnswer(value: unknown, headers: Readonly<Record<string, string>>): Response {
  return new Response(JSON.stringify(value), { headers: { "content-type": "application/json", ...headers } });
}
