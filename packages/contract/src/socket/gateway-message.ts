/** What API Gateway hands on of a text that a connection sent: the mapping template and its reader are one declaration. */
import { z } from "zod";

/** The message route invokes its function asynchronously: a turn takes longer than an integration may. */
export const gatewayMessage = z.object({
  connectionId: z.string().min(1),
  /** Where texts to the connection are posted. */
  endpoint: z.url(),
  /** What the authorizer said of the connection. */
  ticket: z.object({
    tenantId: z.string(),
    apiKeyId: z.string(),
    secretTag: z.string(),
    user: z.string().transform((user) => user || undefined),
    expiresAtMs: z.coerce.number(),
  }),
  /** The text in base64. */
  text: z.string(),
});

/** For the route's integration: Velocity, as API Gateway's mapping templates are written in. */
export const gatewayMessageTemplate = JSON.stringify({
  connectionId: "$context.connectionId",
  endpoint: "https://$context.domainName/$context.stage",
  ticket: {
    tenantId: "$context.authorizer.tenantId",
    apiKeyId: "$context.authorizer.apiKeyId",
    secretTag: "$context.authorizer.secretTag",
    user: "$util.escapeJavaScript($context.authorizer.user)",
    expiresAtMs: "$context.authorizer.expiresAtMs",
  },
  text: "$util.base64Encode($input.body)",
} satisfies z.input<typeof gatewayMessage>);
