/** How a stream of OpenAI's chat completions ends. */

/** The event after the last chunk. */
export const sseDone = "data: [DONE]\n\n";
