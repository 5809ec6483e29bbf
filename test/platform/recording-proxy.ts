/** A proxy before the local AWS that notes which actions a process takes, and on what. */
import { actionsOf } from "./aws-actions.ts";
import { type Forwarder, forwardCalls } from "./forward-calls.ts";

export interface RecordingProxy extends Forwarder {
  /** As `actionsOf` names them, without the prefix of tables, buckets, topics and queues. */
  readonly taken: Set<string>;
}

export async function startRecordingProxy(awsLocalUrl: string, namePrefix: string): Promise<RecordingProxy> {
  const taken = new Set<string>();
  const forwarder = await forwardCalls(
    () => awsLocalUrl,
    ({ method = "GET", headers, url = "/" }, body) => {
      for (const action of actionsOf({ method, headers, url, body })) {
        taken.add(action.replace(`${namePrefix}-`, ""));
      }
    },
  );
  return { ...forwarder, taken };
}
