/** Adapter: identity providers over OpenID Connect. */
export { OidcIdentityProviders } from "./identity-providers.ts";
