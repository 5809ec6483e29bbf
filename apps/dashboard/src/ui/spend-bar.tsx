/** What is used of a limit as a bar: what is settled, then what is held, out of the whole. */
import { formatNanoUsd, formatShare, shareOf } from "../format/money.ts";

const warnFromShare = 0.75;
const alarmFromShare = 0.9;

/** The color for a share of a cap: calm, then yellow from 75 %, red from 90 %. */
function thresholdColor(share: number): string {
  if (share >= alarmFromShare) {
    return "var(--mantine-color-red-6)";
  }
  return share >= warnFromShare ? "var(--mantine-color-yellow-6)" : "var(--mantine-color-indigo-5)";
}

interface LimitBarProps {
  /** What the bar is of, for who cannot see it. */
  readonly label: string;
  /** What it shows, in words. */
  readonly text: string;
  readonly settledShare: number;
  readonly heldShare: number;
}

/** The color goes by settled and held together: both are gone from what can still be used. */
export function LimitBar({ label, text, settledShare, heldShare }: LimitBarProps) {
  const color = thresholdColor(settledShare + heldShare);
  const settledPercent = Math.min(100, settledShare * 100);
  return (
    <div
      className="spend-track"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(settledPercent)}
      aria-valuetext={text}
    >
      <span style={{ width: `${settledPercent}%`, background: color }} />
      <span
        className="held"
        style={{ width: `${Math.min(100 - settledPercent, heldShare * 100)}%`, backgroundColor: color }}
      />
    </div>
  );
}

interface SpendBarProps {
  readonly name: string;
  readonly spentNanoUsd: bigint;
  readonly heldNanoUsd: bigint;
  readonly capNanoUsd: bigint;
}

/** A tenant's spend against its cap. */
export function SpendBar({ name, spentNanoUsd, heldNanoUsd, capNanoUsd }: SpendBarProps) {
  const spent = shareOf(spentNanoUsd, capNanoUsd);
  const heldText = heldNanoUsd > 0n ? `, ${formatNanoUsd(heldNanoUsd)} held` : "";
  return (
    <LimitBar
      label={`${name}: spend against cap`}
      text={`${formatNanoUsd(spentNanoUsd)} of ${formatNanoUsd(capNanoUsd)}, ${formatShare(spent)}${heldText}`}
      settledShare={spent}
      heldShare={shareOf(heldNanoUsd, capNanoUsd)}
    />
  );
}
