/** Finds what a model wrote in a vendor's answer or in a chunk of one, to estimate its tokens by. */

/** The members in which the vendors of the catalog put text that was generated: answers, reasoning, tools' inputs. */
const textMembers = new Set([
  "text",
  "partial_json",
  "thinking",
  "generation",
  "content",
  "reasoning",
  "reasoning_content",
  "arguments",
  "input",
]);

/** All generated text, joined; empty where there is none. */
export function readGeneratedText(answer: unknown): string {
  const texts: string[] = [];
  function visit(value: unknown): void {
    if (Array.isArray(value)) {
      value.forEach(visit);
    } else if (typeof value === "object" && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        if (typeof member === "string") {
          if (textMembers.has(name)) {
            texts.push(member);
          }
        } else {
          visit(member);
        }
      }
    }
  }
  visit(answer);
  return texts.join("");
}
