/** Sends alerts to an HTTP endpoint, signed as Standard Webhooks has it. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Clock, Random } from "@caprock/domain";
import { Webhook } from "standardwebhooks";
import type { Alert } from "../alerts/alert.ts";
import { type AlertChannel, DeliveryError } from "../alerts/alert-channel.ts";
import { alertMessage } from "../alerts/alert-message.ts";
import { fullJitterMs } from "../alerts/backoff.ts";
import { checkHost, lookupPublic } from "./public-address.ts";

export interface AlertWebhookOptions {
  readonly url: string;
  /** `whsec_` and the base64 of at least 24 random bytes. */
  readonly secret: string;
  /** Lets private addresses and plain HTTP pass: for development, or a receiver in the same network. */
  readonly privateAllowed: boolean;
  /** For one attempt, from connecting to the end of the answer's headers. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly wait: (durationMs: number) => Promise<void>;
}

const attempts = 5;
const betweenAttempts = { baseMs: 250, mostMs: 5_000 };

/** What may be over in a moment; any other answer is the same the next time. */
function isWorthRepeating(status: number | undefined): boolean {
  return status === undefined || status === 408 || status === 425 || status === 429 || status >= 500;
}

/**
 * Every attempt has the alert's id as `webhook-id`, its own `webhook-timestamp` and a `webhook-signature` over both and
 * the body (Standard Webhooks 1.0.0). Only a 2xx answer counts; redirects are not followed.
 */
export class AlertWebhook implements AlertChannel {
  readonly name = "webhook";
  private readonly options: AlertWebhookOptions;
  private readonly url: URL;
  private readonly signer: Webhook;

  /** Throws a RangeError for a URL that is not HTTPS, unless private addresses are allowed. */
  constructor(options: AlertWebhookOptions) {
    this.options = options;
    this.url = new URL(options.url);
    if (this.url.protocol !== "https:" && !(options.privateAllowed && this.url.protocol === "http:")) {
      throw new RangeError("A webhook must be called over HTTPS.");
    }
    this.signer = new Webhook(options.secret);
  }

  async send(alert: Alert): Promise<void> {
    const { random, wait } = this.options;
    const body = alertMessage(alert);
    for (let attempt = 1; ; attempt += 1) {
      const status = await this.post(alert.id, body);
      if (status !== undefined && status >= 200 && status < 300) {
        return;
      }
      if (attempt === attempts || !isWorthRepeating(status)) {
        throw new DeliveryError(
          status === undefined ? "The webhook did not answer." : `The webhook answered ${status}.`,
        );
      }
      await wait(fullJitterMs(attempt, betweenAttempts, random));
    }
  }

  /** The answer's status; undefined when none came. Throws a DeliveryError for an address that must not be called. */
  private post(id: string, body: string): Promise<number | undefined> {
    const { privateAllowed, timeoutMs, clock } = this.options;
    if (!privateAllowed) {
      checkHost(this.url.hostname);
    }
    const sentAt = new Date(clock.now());
    const send = this.url.protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(this.url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          "user-agent": "caprock-alerts",
          "webhook-id": id,
          "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1_000)),
          "webhook-signature": this.signer.sign(id, sentAt, body),
        },
        // No connection is kept: alerts are rare, and every address is checked as it is connected to.
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
        ...(privateAllowed ? {} : { lookup: lookupPublic }),
      });
      request.once("response", (response) => {
        // What the receiver says is nobody's concern, and may be without end.
        response.destroy();
        resolve(response.statusCode);
      });
      request.on("error", (error) => (error instanceof DeliveryError ? reject(error) : resolve(undefined)));
      request.end(body);
    });
  }
}
