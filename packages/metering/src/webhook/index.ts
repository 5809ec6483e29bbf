/** The webhook as a channel of metering's alerts. */
export { AlertWebhook, type AlertWebhookOptions } from "./alert-webhook.ts";
