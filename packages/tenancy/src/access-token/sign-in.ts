/** Port: checks ID tokens of the identity providers (OpenID Connect) that API keys accept sign-ins from. */
import type { Refusal, SignIn } from "@caprock/domain";

export interface IdentityProviders {
  /**
   * The user's email address, or the subject where none is verified. Refuses with `invalid_id_token` what another issuer
   * signed, or for another audience, or is over, or is not of the email domain that the key wants.
   */
  verify(idToken: string, signIn: SignIn, nowMs: number): Promise<string | Refusal>;
}
