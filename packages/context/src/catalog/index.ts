/** Which models there are, and how a caller's model id becomes a route to one. */
export { allModels } from "./all-models.ts";
export { type Catalog, callableIds, createCatalog } from "./catalog.ts";
export { findModel } from "./find-model.ts";
