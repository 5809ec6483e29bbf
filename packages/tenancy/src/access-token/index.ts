/** The check of access tokens alone, for who has nothing else of a tenant at hand. */
export { looksLikeToken, type TokenClaims, tokenVerifier, type VerifyToken } from "./verify-token.ts";
