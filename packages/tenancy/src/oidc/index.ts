export { OidcIdentityProviders } from "./identity-providers.ts";
