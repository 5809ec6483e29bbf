/** Says who is calling the admin API: the one place that knows how admins prove who they are. */
import { type Refusal, refusal } from "@caprock/domain";
import { secretMatches } from "@caprock/tenancy";

/** An admin, as the audit log names who made a change. */
export interface Principal {
  readonly actor: string;
}

/** There is one admin token, and whoever holds it is the admin. */
const tokenHolder: Principal = { actor: "admin-token" };

/** Checks the `authorization` header. Refuses with `invalid_admin_token`. */
export function authenticateAdmin(
  authorization: string | undefined,
  { adminTokenSha256 }: { readonly adminTokenSha256: string },
): Principal | Refusal {
  const token = /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? "")?.[1];
  if (token !== undefined && secretMatches(token, adminTokenSha256)) {
    return tokenHolder;
  }
  return refusal({
    code: "invalid_admin_token",
    message:
      token === undefined
        ? "The admin API needs `Authorization: Bearer <admin token>`."
        : "The admin token is wrong. Locally, `start` prints the right one.",
  });
}
