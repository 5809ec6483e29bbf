/** The role by which API Gateway writes access logs: one for the account in a region. */
import { ApiGatewayAccount } from "@cdktf/provider-aws/lib/api-gateway-account/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js";
import { Construct } from "constructs";
import { serviceRoleTrust } from "./service-role.ts";

export class GatewayLogRole extends Construct {
  /** Access logs can be switched on once this stands. */
  readonly account: ApiGatewayAccount;

  constructor(scope: Construct, id: string, { name }: { readonly name: string }) {
    super(scope, id);
    const role = new IamRole(this, "role", {
      name,
      assumeRolePolicy: serviceRoleTrust(this, "trust", "apigateway.amazonaws.com"),
    });
    // API Gateway refuses a role that holds less than this policy of AWS.
    const attachment = new IamRolePolicyAttachment(this, "policy", {
      role: role.name,
      policyArn: "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
    });
    this.account = new ApiGatewayAccount(this, "account", {
      cloudwatchRoleArn: role.arn,
      dependsOn: [attachment],
    });
  }
}
