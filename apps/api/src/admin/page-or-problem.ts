/** Reads a page whose place the caller names, and refuses a place that no page gave. */
import { type Refusal, refusal } from "@caprock/domain";

export async function pageOrProblem<Page extends object>(read: () => Promise<Page>): Promise<Page | Refusal> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RangeError) {
      return refusal({
        code: "invalid_request",
        message: "after: is not where a page ended.",
        param: "after",
      });
    }
    throw error;
  }
}
