/** Who pays for what a session is sending: one bill for each sending, held for by whoever decided it. */
import type { EventBill, EventMeter } from "./event-meter.ts";
import type { IngestionMark, IngestionMarks, Sending } from "./ingestion-marks.ts";
import type { SessionKey } from "./session-turn.ts";

export interface BillParts {
  readonly marks: IngestionMarks;
  readonly meter: EventMeter;
}

/**
 * The bill of a sending, which stands in the session's mark before anything is sent. Who goes on with what another began
 * charges that one's bill, which may be done twice and counts once; only one that was lost with its process is held for
 * anew. "refused": the tenant's limits do not allow the events now, and nothing was decided.
 */
export async function billFor(
  session: SessionKey,
  mark: IngestionMark | undefined,
  sending: Sending,
  events: number,
  { marks, meter }: BillParts,
): Promise<Pick<EventBill, "settle"> | "refused" | "begun by another"> {
  const { tenantId } = session;
  const isBegun = mark?.sendingTo !== undefined;
  const before = mark?.billId;
  if (isBegun && (events === 0 || (before !== undefined && !(await meter.isLost(tenantId, before))))) {
    return {
      settle: async () => (before && events > 0 ? meter.charge(tenantId, before, events) : undefined),
    };
  }
  const bill = events === 0 ? undefined : await meter.hold(tenantId, events);
  if (events > 0 && bill === undefined) {
    return "refused";
  }
  const next = { ...sending, billId: bill?.billId };
  const noted = isBegun
    ? await marks.billAnew(session, next, before)
    : await marks.beginSending(session, next);
  if (!noted) {
    await bill?.release();
    return "begun by another";
  }
  return { settle: async () => bill?.settle() };
}
