/** The baseline of the benchmarks: lets every call through, and writes nothing. */
import type { Admission, AdmissionRequest, Extension, Reservation } from "@caprock/metering";

export class NoMetering implements Admission {
  async reserve({ requestId, tenant }: AdmissionRequest): Promise<Reservation> {
    return { requestId, tenantId: tenant.id, holds: [], standings: [] };
  }

  async extend(reservation: Reservation): Promise<Extension> {
    return { reservation };
  }

  async settle(): Promise<void> {}

  async settleFree(): Promise<void> {}

  async leaveUnresolved(): Promise<void> {}

  async release(): Promise<void> {}

  async close(): Promise<void> {}
}
