import { expect, test } from "vitest";
import { chatParameters } from "../openai-chat/served-parameters.ts";
import { responseParameters } from "../openai-responses/served-parameters.ts";
import { reviewMembers, type ServedParameters } from "./served-parameters.ts";

const tables: readonly (readonly [string, ServedParameters])[] = [
  ["chat completions", chatParameters],
  ["responses", responseParameters],
];

/** No member asks for nothing by this value. */
const telling = { something: 1 };

test.each(tables)(
  "every documented member of %s is mapped, warned of, or refused by its name",
  (_, table) => {
    for (const [name, { kind }] of Object.entries(table)) {
      const reviewed = reviewMembers({ [name]: telling }, table);
      if (kind === "refused") {
        expect(reviewed).toMatchObject({ refused: { code: "unsupported_parameter", param: name } });
      } else {
        const warnings = kind === "ignored" ? [expect.stringMatching(`^${name} is ignored: .`)] : [];
        expect(reviewed).toEqual({ warnings });
      }
    }
  },
);

test.each(tables)("a member that %s does not document is refused by its name", (_, table) => {
  for (const name of ["top_k", "constructor", "toString"]) {
    expect(reviewMembers({ [name]: 1 }, table)).toMatchObject({ refused: { param: name } });
  }
});
