/** Verification: checks of the books that anyone can run at any time, and that write nothing. */
export {
  type CheckDefinition,
  type CheckReport,
  instantText,
  type Offender,
  type Outcome,
  type Remark,
} from "./findings.ts";
export { type Probe, type ProbeAnswer, probeIsAccounted } from "./probe-is-accounted.ts";
export { type BooksReport, type VerifyRequest, verifyBooks } from "./verify-books.ts";
export type {
  AccountListing,
  AccountOwner,
  ChainState,
  LimitEdit,
  LimitHistory,
  VerifyParts,
  Witnessed,
} from "./verify-parts.ts";
