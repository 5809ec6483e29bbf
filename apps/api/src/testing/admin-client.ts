/** For tests: the admin API's typed client, on an API in this process. */
import { type AdminClient, createAdminClient } from "@caprock/contract";
import type { OpenApi } from "./open-api.ts";

export function adminClient(api: OpenApi): AdminClient {
  return createAdminClient({
    baseUrl: "http://api.test",
    token: api.adminToken,
    fetch: (url, init) => Promise.resolve(api.fetch(new Request(url, init))),
  });
}
