/** Reads what CloudFront gives a viewer-request function (CloudFront developer guide, "Lambda@Edge event structure"). */
import { z } from "zod";

const header = z.array(z.looseObject({ value: z.string() }));

export const cloudFrontRequest = z.looseObject({
  method: z.string(),
  uri: z.string(),
  /** By lower-case name. */
  headers: z.record(z.string(), header),
});
export type CloudFrontRequest = z.infer<typeof cloudFrontRequest>;

export const viewerRequestEvent = z.object({
  Records: z.tuple([z.object({ cf: z.object({ request: cloudFrontRequest }) })]),
});

/** An answer that CloudFront gives without asking the origin. */
export interface CloudFrontAnswer {
  readonly status: string;
  readonly statusDescription: string;
  readonly headers: Readonly<Record<string, readonly { readonly key: string; readonly value: string }[]>>;
  readonly body: string;
}
