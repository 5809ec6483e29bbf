/** The API as a library, for the tests that run it in their own process. */
export { type ApiParts, createApi } from "./app.ts";
export { composeApi } from "./composition.ts";
export { type Listener, listen } from "./http/listen.ts";
