/** Adapters of metering's ports to SNS. */
export { SnsAlertTopic, type SnsAlertTopicOptions } from "./alert-topic.ts";
