/** The IDE path: CloudFront in front of the API, which turns away at the edge whoever has no valid access token. */
import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudfrontDistribution } from "@cdktf/provider-aws/lib/cloudfront-distribution/index.js";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import type { Stage } from "../stages/stage.ts";
import { zipCode } from "./code-zip.ts";

export interface EdgeAuthProps {
  readonly stage: Stage;
  readonly tokenPublicKey: string;
  /** Folder with `index.mjs`, which exports `handler` and reads `edge.json` beside it. */
  readonly codeFolder: string;
  /** The API's base URL: a domain and a path. */
  readonly apiUrl: string;
}

/** AWS's own policies (CloudFront developer guide, "Use managed cache policies" and "managed origin request policies"). */
const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const allViewerExceptHostHeader = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

/** The most that CloudFront waits for the origin's next byte without a raised quota; heartbeats come much sooner. */
const originTimeoutSeconds = 60;

export class EdgeAuth extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { stage, tokenPublicKey, codeFolder, apiUrl }: EdgeAuthProps) {
    super(scope, id);
    const check = this.#check(stage, withKey(codeFolder, tokenPublicKey));
    const [domainName, stagePath] = [
      Fn.element(Fn.split("/", apiUrl), 2),
      Fn.element(Fn.split("/", apiUrl), 3),
    ];
    const distribution = new CloudfrontDistribution(this, "distribution", {
      enabled: true,
      comment: `${stage.namePrefix}: the API for IDEs`,
      httpVersion: "http2and3",
      origin: [
        {
          originId: "api",
          domainName,
          originPath: `/${stagePath}`,
          customOriginConfig: {
            httpPort: 80,
            httpsPort: 443,
            originProtocolPolicy: "https-only",
            originSslProtocols: ["TLSv1.2"],
            originReadTimeout: originTimeoutSeconds,
            originKeepaliveTimeout: originTimeoutSeconds,
          },
        },
      ],
      defaultCacheBehavior: {
        targetOriginId: "api",
        viewerProtocolPolicy: "https-only",
        allowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
        cachedMethods: ["GET", "HEAD"],
        cachePolicyId: cachingDisabled,
        originRequestPolicyId: allViewerExceptHostHeader,
        // What is compressed is collected first, and would not stream.
        compress: false,
        lambdaFunctionAssociation: [{ eventType: "viewer-request", lambdaArn: check.qualifiedArn }],
      },
      restrictions: { geoRestriction: { restrictionType: "none" } },
      viewerCertificate: { cloudfrontDefaultCertificate: true },
    });
    this.url = `https://${distribution.domainName}`;
  }

  /** Lambda@Edge functions live in us-east-1, have no environment, and run as x86 (Lambda@Edge restrictions). */
  #check(stage: Stage, codeFolder: string): LambdaFunction {
    const trust = new DataAwsIamPolicyDocument(this, "trust", {
      statement: [
        {
          actions: ["sts:AssumeRole"],
          principals: [
            { type: "Service", identifiers: ["lambda.amazonaws.com", "edgelambda.amazonaws.com"] },
          ],
        },
      ],
    });
    // It may do nothing: not even write a log, since what it refuses is told to the caller.
    const role = new IamRole(this, "role", {
      name: `${stage.namePrefix}-edge-auth`,
      assumeRolePolicy: trust.json,
    });
    const code = zipCode(this, "code", codeFolder);
    return new LambdaFunction(this, "function", {
      region: "us-east-1",
      functionName: `${stage.namePrefix}-edge-auth`,
      description: "Caprock: checks access tokens at the edge",
      role: role.arn,
      runtime: "nodejs22.x",
      handler: "index.handler",
      filename: code.path,
      sourceCodeHash: code.sha256Base64,
      memorySize: 128,
      timeout: 5,
      // An association names a version.
      publish: true,
    });
  }
}

/** A copy of the code with the key beside it. */
function withKey(codeFolder: string, tokenPublicKey: string): string {
  const folder = mkdtempSync(join(tmpdir(), "caprock-edge-"));
  cpSync(codeFolder, folder, { recursive: true });
  writeFileSync(join(folder, "edge.json"), JSON.stringify({ tokenPublicKey }));
  return folder;
}
