/** The one AWS account that aws-local plays. */
export const accountId = "000000000000";
