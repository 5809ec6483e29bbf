/** Spend against a cap as a bar: what is spent, then what is held, out of the whole cap. */
import { formatNanoUsd, formatShare, shareOf } from "../format/money.ts";

interface SpendBarProps {
  readonly name: string;
  readonly spentNanoUsd: bigint;
  readonly heldNanoUsd: bigint;
  readonly capNanoUsd: bigint;
}

const warnFromShare = 0.75;
const alarmFromShare = 0.9;

/** The color for a share of a cap: calm, then yellow from 75 %, red from 90 %. */
export function thresholdColor(share: number): string {
  if (share >= alarmFromShare) {
    return "var(--mantine-color-red-6)";
  }
  return share >= warnFromShare ? "var(--mantine-color-yellow-6)" : "var(--mantine-color-indigo-5)";
}

/** The color goes by spent and held together: both are gone from what the tenant can still use. */
export function SpendBar({ name, spentNanoUsd, heldNanoUsd, capNanoUsd }: SpendBarProps) {
  const spent = shareOf(spentNanoUsd, capNanoUsd);
  const held = shareOf(heldNanoUsd, capNanoUsd);
  const color = thresholdColor(spent + held);
  const heldText = heldNanoUsd > 0n ? `, ${formatNanoUsd(heldNanoUsd)} held` : "";
  return (
    <div
      className="spend-track"
      role="progressbar"
      aria-label={`${name}: spend against cap`}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.min(100, Math.round(spent * 100))}
      aria-valuetext={`${formatNanoUsd(spentNanoUsd)} of ${formatNanoUsd(capNanoUsd)}, ${formatShare(spent)}${heldText}`}
    >
      <span style={{ width: `${Math.min(100, spent * 100)}%`, background: color }} />
      <span
        className="held"
        style={{
          width: `${Math.min(100 - Math.min(100, spent * 100), held * 100)}%`,
          backgroundColor: color,
        }}
      />
    </div>
  );
}
