/** What can be done to a tenant from the list. */
import type { TenantView } from "@caprock/contract";
import { ActionIcon, Menu } from "@mantine/core";
import { IconDots, IconKey, IconPencil, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { EditTenantWindow } from "./edit-tenant-window.tsx";
import { StatusChange } from "./status-change.tsx";

export function TenantActions({ tenant }: { tenant: TenantView }) {
  const [window, setWindow] = useState<"edit" | "status">();
  const close = () => setWindow(undefined);
  const suspended = tenant.status === "suspended";
  const StatusIcon = suspended ? IconPlayerPlay : IconPlayerPause;
  return (
    <>
      <Menu position="bottom-end" width={180}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${tenant.name}`}>
            <IconDots size={17} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            component={Link}
            to={`/tenants/${tenant.id}`}
            leftSection={<IconKey size={15} stroke={1.6} />}
          >
            Keys and ledger
          </Menu.Item>
          <Menu.Item leftSection={<IconPencil size={15} stroke={1.6} />} onClick={() => setWindow("edit")}>
            Edit
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            color={suspended ? undefined : "red"}
            leftSection={<StatusIcon size={15} stroke={1.6} />}
            onClick={() => setWindow("status")}
          >
            {suspended ? "Resume" : "Suspend"}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <EditTenantWindow tenant={tenant} opened={window === "edit"} onClose={close} />
      <StatusChange tenant={tenant} opened={window === "status"} onClose={close} />
    </>
  );
}
