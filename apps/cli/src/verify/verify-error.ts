/** Why a verification could not begin, in words for whoever asked for it. */
export class VerifyError extends Error {
  override name = "VerifyError";
}
