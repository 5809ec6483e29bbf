/** All tenants: find one, make one. */
import { Button, Card, Group, Skeleton, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconSearch, IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useTenants, useUsage } from "../api/queries.ts";
import { countOf } from "../format/count.ts";
import { PageHeader } from "../layout/page-header.tsx";
import { Blank } from "../ui/blank.tsx";
import { FailureNotice } from "../ui/failure-notice.tsx";
import { NewTenantWindow } from "./new-tenant-window.tsx";
import { searchTenants, tenantRows } from "./tenant-order.ts";
import { TenantTable } from "./tenant-table.tsx";

export function TenantsPage() {
  const tenants = useTenants();
  const usage = useUsage(undefined);
  const navigate = useNavigate();
  const [search, setSearch] = useState("");
  const [creating, setCreating] = useState(false);
  const rows = tenants.data && tenantRows(tenants.data, usage.data);
  const found = rows && searchTenants(rows, search);
  const create = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
      New tenant
    </Button>
  );

  return (
    <>
      <PageHeader
        title="Tenants"
        about={rows ? `${countOf(rows.length, "tenant")}, each with its own cap, keys and ledger.` : "…"}
      >
        {create}
      </PageHeader>
      <Stack gap="md">
        {tenants.isError && <FailureNotice error={tenants.error} retry={tenants.refetch} />}
        {(rows || !tenants.isError) && (
          <Card padding={0}>
            <Group p="md">
              <TextInput
                aria-label="Search tenants"
                placeholder="Search by name or id"
                leftSection={<IconSearch size={16} stroke={1.6} />}
                w={{ base: "100%", xs: 300 }}
                value={search}
                onChange={(event) => setSearch(event.currentTarget.value)}
              />
            </Group>
            {!rows || !found ? (
              <Stack p="md" pt={0}>
                {[0, 1, 2, 3].map((row) => (
                  <Skeleton key={row} h={34} />
                ))}
              </Stack>
            ) : rows.length === 0 ? (
              <Blank
                icon={IconUsers}
                title="No tenants yet"
                hint="A tenant is whoever gets its own cap and keys: a team, a product, a customer."
              >
                {create}
              </Blank>
            ) : found.length === 0 ? (
              <Blank
                icon={IconSearch}
                title="No tenant matches"
                hint={`None has “${search.trim()}” in its name or id.`}
              >
                <Button variant="default" size="xs" onClick={() => setSearch("")}>
                  Clear search
                </Button>
              </Blank>
            ) : (
              <TenantTable rows={found} />
            )}
          </Card>
        )}
      </Stack>
      <NewTenantWindow
        opened={creating}
        onClose={() => setCreating(false)}
        onCreated={(tenant) => {
          setCreating(false);
          void navigate(`/tenants/${tenant.id}`);
        }}
      />
    </>
  );
}
