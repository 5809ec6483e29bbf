/** How limits stand now: settled, held and remaining of each, and when it begins anew. */
import type { LimitStandingView } from "@caprock/contract";
import { Badge, Button, Group, Text, Tooltip } from "@mantine/core";
import { IconArrowUpRight } from "@tabler/icons-react";
import { formatShare, shareOf } from "../format/money.ts";
import { formatMinute } from "../format/time.ts";
import { LimitBar } from "../ui/spend-bar.tsx";
import { amountText, boundText, countedText, shortAmount, wholeOf } from "./amount.ts";

interface StandingsProps {
  readonly standings: readonly LimitStandingView[];
  readonly onOverride: (standing: LimitStandingView) => void;
}

export function Standings({ standings, onOverride }: StandingsProps) {
  return (
    <ul aria-label="Limits now" className="standings">
      {standings.map((standing) => (
        <StandingRow
          key={`${standing.owner} ${standing.limitId} ${standing.of ?? ""}`}
          standing={standing}
          onOverride={() => onOverride(standing)}
        />
      ))}
    </ul>
  );
}

function StandingRow({ standing, onOverride }: { standing: LimitStandingView; onOverride: () => void }) {
  const { limitId, owner, unit, window, override } = standing;
  const whole = (amount: string | number) => wholeOf(unit, amount);
  const [limit, settled, held] = [whole(standing.limit), whole(standing.settled), whole(standing.held)];
  const text = (amount: bigint) => shortAmount(unit, amount);
  // Calls at once are never settled: they run or they do not.
  const used =
    unit === "concurrency"
      ? `${text(held)} running`
      : `${text(settled)} settled${held > 0n ? `, ${text(held)} held` : ""}`;
  return (
    <li className="standing" data-limit={limitId}>
      <div style={{ minWidth: 0 }}>
        <Group gap={8}>
          <Text fz="sm" fw={500}>
            {limitId}
          </Text>
          {owner === "platform" && <Badge color="gray">platform</Badge>}
          {override && (
            <Tooltip label={`${override.author}: ${override.reason}`} multiline maw={320}>
              <Badge color="indigo">overridden until {formatMinute(override.until)}</Badge>
            </Tooltip>
          )}
        </Group>
        <Text fz="xs" c="dimmed">
          {countedText(standing)} · {boundText(standing)}
          {window && ` · resets ${formatMinute(window.resetsAt)}`}
        </Text>
      </div>
      <div className="standing-bar">
        <LimitBar
          label={`${limitId}: used of limit`}
          text={`${used} of ${amountText(unit, standing.limit)}`}
          settledShare={shareOf(settled, limit)}
          heldShare={shareOf(held, limit)}
        />
        <Group justify="space-between" mt={5} gap="xs" className="numbers">
          <Text fz="xs">
            {used}
            <Text span c="dimmed" inherit>
              {" "}
              of {text(limit)} · {formatShare(shareOf(settled + held, limit))}
            </Text>
          </Text>
          <Text fz="xs" c="dimmed">
            {text(whole(standing.remaining))} remaining
          </Text>
        </Group>
      </div>
      <div className="standing-action">
        {owner === "tenant" && (
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<IconArrowUpRight size={13} />}
            aria-label={`Override ${limitId}`}
            onClick={onOverride}
          >
            Override
          </Button>
        )}
      </div>
    </li>
  );
}
