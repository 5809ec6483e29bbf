/** A schema for what OpenAI's wire knows and Caprock does not serve: it is refused by name, not as a typing error. */
import { z } from "zod";

/** Matches an object whose `tag` is `value`, only to refuse it with the code unsupported_parameter. */
export function refusedMember<Tag extends string, Value extends string>(
  tag: Tag,
  value: Value,
  reason: string,
) {
  const tagged = z.object({ [tag]: z.literal(value) } as Record<Tag, z.ZodLiteral<Value>>);
  return tagged.transform((_, context) => {
    context.addIssue({ code: "custom", message: `${reason}.`, params: { code: "unsupported_parameter" } });
    return z.NEVER;
  });
}
