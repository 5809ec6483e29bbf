/** What serving WebSockets works with, whoever holds the connections. */
import type { Random } from "@caprock/domain";
import type { Logger } from "@caprock/platform";
import type { AuthenticationParts } from "@caprock/tenancy";
import type { LiveTurnParts, MessageParts } from "@caprock/turn";

export interface SocketParts {
  readonly authentication: AuthenticationParts;
  readonly live: LiveTurnParts;
  readonly messageParts: MessageParts;
  readonly random: Random;
  readonly logger: Logger;
  readonly maxBodyBytes: number;
}
