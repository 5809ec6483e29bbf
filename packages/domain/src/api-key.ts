/** An API key as it is stored: everything but the secret. */
import type { ApiKeyId, TenantId } from "./ids.ts";

/** The application of keys that name none. */
export const defaultApplication = "default";

/** How an application may be called: what a tag of AWS may hold, but no space. */
export const applicationPattern = /^[A-Za-z0-9_.:/=+@-]{1,64}$/;

/** Whose sign-ins (OpenID Connect) act as an API key. */
export interface SignIn {
  /** As in ID tokens, for example "https://login.example.com". */
  readonly issuer: string;
  /** The client id that the identity provider gave the application that signs people in. */
  readonly audience: string;
  /** Only verified email addresses of it; absent for everybody who can sign in. */
  readonly emailDomain?: string | undefined;
}

export interface ApiKey {
  readonly id: ApiKeyId;
  readonly tenantId: TenantId;
  readonly name: string;
  /** Which of the tenant's applications calls with it; limits and reports can go by it. */
  readonly application: string;
  /** SHA-256 of the secret, hex. The secret has 160 random bits, so a slow hash would add nothing. */
  readonly secretSha256: string;
  /** The secret that a rotation replaced, still accepted until `untilMs`. */
  readonly previous?: { readonly secretSha256: string; readonly untilMs: number };
  /** Absent where nobody signs in for the key. */
  readonly signIn?: SignIn;
  readonly createdAtMs: number;
  /** From this instant on the key is refused. */
  readonly revokedAtMs?: number;
}
