/** How the ledger compares with Bedrock's log of calls and with AWS's bill. */
import { Button } from "@mantine/core";
import { IconScale } from "@tabler/icons-react";
import { useState } from "react";
import { useReconciliations } from "../api/oversight-calls.ts";
import { Blank } from "../ui/blank.tsx";
import { Pager, usePages } from "../ui/pager.tsx";
import { Reading } from "../ui/reading.tsx";
import { Section } from "../ui/section.tsx";
import { ReconcileWindow } from "./reconcile-window.tsx";
import { ReconciliationTable } from "./reconciliation-table.tsx";

const perPage = 10;

export function ReconciliationsSection() {
  const pages = usePages<string>();
  const page = useReconciliations({ after: pages.cursor, limit: perPage });
  const [asking, setAsking] = useState(false);
  return (
    <Section
      title="Reconciliations"
      about="The ledger against what AWS itself recorded, at list price on both sides."
      controls={
        <Button size="xs" variant="light" onClick={() => setAsking(true)}>
          Reconcile a range
        </Button>
      }
    >
      <Reading of={page}>
        {({ reconciliations, next }) =>
          reconciliations.length === 0 ? (
            <Blank
              icon={IconScale}
              title="No reconciliations yet"
              hint="The worker makes one for each hour that is over and has had time to be whole."
            />
          ) : (
            <>
              <ReconciliationTable reconciliations={reconciliations} />
              <Pager pages={pages} next={next} />
            </>
          )
        }
      </Reading>
      <ReconcileWindow opened={asking} onClose={() => setAsking(false)} />
    </Section>
  );
}
