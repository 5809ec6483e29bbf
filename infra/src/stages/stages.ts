/** Every stage that can be synthesized, by its name. */
import { production } from "./production.ts";
import type { Stage } from "./stage.ts";

export const stages: Readonly<Record<string, Stage>> = { production };
