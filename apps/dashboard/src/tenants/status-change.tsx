/** Suspends a tenant, or lets it resume, after asking. */
import type { TenantView } from "@caprock/contract";
import { useUpdateTenant } from "../api/changes.ts";
import { Confirmation } from "../ui/confirmation.tsx";

interface StatusChangeProps {
  readonly tenant: TenantView;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function StatusChange({ tenant, opened, onClose }: StatusChangeProps) {
  const update = useUpdateTenant(tenant);
  const suspends = tenant.status === "active";
  const close = () => {
    update.reset();
    onClose();
  };
  const confirm = () =>
    update.mutate(
      suspends
        ? { body: { status: "suspended" }, done: "is suspended" }
        : { body: { status: "active" }, done: "is active again" },
      { onSuccess: close },
    );
  return (
    <Confirmation
      opened={opened}
      title={suspends ? `Suspend ${tenant.name}?` : `Resume ${tenant.name}?`}
      action={suspends ? "Suspend tenant" : "Resume tenant"}
      color={suspends ? "red" : "indigo"}
      busy={update.isPending}
      error={update.error}
      onConfirm={confirm}
      onClose={close}
    >
      {suspends
        ? "Every call with its keys is refused until it is resumed. Keys, cap and ledger stay as they are."
        : "Its keys work again at once, within the same cap and rate as before."}
    </Confirmation>
  );
}
