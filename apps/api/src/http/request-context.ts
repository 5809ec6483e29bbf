/** What every request of the API carries along. */
import type { ContextPolicy, RequestId } from "@caprock/domain";
import type { Identified } from "../tenant/identify.ts";

/** Values that middleware leaves for handlers, for Hono's typing. */
export interface RequestEnv {
  Variables: {
    requestId: RequestId;
    /** Whether the answer's headers tell the request's id already. */
    tellsRequestId?: boolean;
    /** When the request arrived (epoch milliseconds). */
    arrivedAtMs: number;
    /** Who calls the admin API; set before its handlers run. */
    actor: string;
    /** Who calls the tenant API, once that is known. */
    identified?: Identified;
    /** How the request wants its chat fitted. */
    contextPolicy?: ContextPolicy | undefined;
    /** Filled in as they become known, for the log line. */
    tenantId?: string;
    errorCode?: string;
  };
}
