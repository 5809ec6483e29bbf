/** Turns away at the edge whoever has no valid access token; everything else goes on to the API as it came, and streams. */
import { type Clock, errorCatalog, type Problem } from "@caprock/domain";
import { looksLikeToken, type VerifyToken } from "@caprock/tenancy/access-token";
import { type CloudFrontAnswer, type CloudFrontRequest, viewerRequestEvent } from "./cloudfront-event.ts";

export interface EdgeParts {
  readonly verify: VerifyToken;
  readonly clock: Clock;
}

/**
 * The function's handler. The API checks the token again, and its key's revocation with it: the edge saves the origin
 * from strangers, and holds no data of tenants.
 */
export function viewerRequestHandler({
  verify,
  clock,
}: EdgeParts): (event: unknown) => Promise<CloudFrontRequest | CloudFrontAnswer> {
  return async (event) => {
    const [{ cf }] = viewerRequestEvent.parse(event).Records;
    const { request } = cf;
    if (isOpen(request)) {
      return request;
    }
    const token = presentedToken(request);
    if (token === undefined) {
      return refuse({
        code: "missing_api_key",
        message:
          "No access token was sent. Get one at POST /v1/tokens and send it as `Authorization: Bearer <token>`.",
      });
    }
    if (!looksLikeToken(token)) {
      return refuse({
        code: "invalid_access_token",
        message: "This address takes access tokens only. Exchange your API key for one at POST /v1/tokens.",
      });
    }
    const claims = await verify(token, clock.now());
    return "refused" in claims ? refuse(claims.refused) : request;
  };
}

/** What needs no token: to get one, what browsers ask before they call, and whether the API lives. */
function isOpen({ method, uri }: CloudFrontRequest): boolean {
  return method === "OPTIONS" || uri === "/health" || (method === "POST" && uri === "/v1/tokens");
}

function presentedToken({ headers }: CloudFrontRequest): string | undefined {
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization?.[0]?.value ?? "")?.[1];
  return bearer ?? headers["x-api-key"]?.[0]?.value.trim();
}

/** One body that every SDK finds its own error in: OpenAI's and Anthropic's `error`, AWS's `message` and type header. */
function refuse(problem: Problem): CloudFrontAnswer {
  const { httpStatus } = errorCatalog[problem.code];
  const header = (key: string, value: string) => ({ [key]: [{ key, value }] });
  return {
    status: String(httpStatus),
    statusDescription: "Unauthorized",
    headers: {
      ...header("content-type", "application/json"),
      ...header("cache-control", "no-store"),
      ...header("www-authenticate", "Bearer"),
      ...header("x-amzn-errortype", "AccessDeniedException"),
      ...header("access-control-allow-origin", "*"),
    },
    body: JSON.stringify({
      type: "error",
      error: { type: "authentication_error", code: problem.code, message: problem.message, param: null },
      message: problem.message,
      code: problem.code,
    }),
  };
}
