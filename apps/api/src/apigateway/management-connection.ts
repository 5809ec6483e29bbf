/** Sends texts to a connection that API Gateway holds. */
import {
  ApiGatewayManagementApiClient,
  GoneException,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";

export type SendText = (connectionId: string, text: string) => Promise<boolean>;

/** `endpoint` is the WebSocket API's own, `https://<domain>/<stage>`. The SDK retries what is throttled. */
export function createSendText(options: { readonly region: string; readonly endpoint: string }): SendText {
  const client = new ApiGatewayManagementApiClient(options);
  return async (connectionId, text) => {
    try {
      await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: Buffer.from(text) }));
      return true;
    } catch (error) {
      if (error instanceof GoneException) {
        return false;
      }
      throw error;
    }
  };
}
