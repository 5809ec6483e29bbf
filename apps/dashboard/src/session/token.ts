/** Where the admin token lives: in this tab's session storage, and nowhere else. */

const storageKey = "caprock.adminToken";

/** The part of `window` that holds a token. */
export interface TokenPlace {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string };
  readonly history: { replaceState(data: unknown, unused: string, url: string): void };
  readonly sessionStorage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
}

/**
 * Takes the token out of a `#token=…` fragment and erases the fragment from the address and the history entry.
 * Answers undefined, and leaves the address alone, when there is none.
 */
export function takeTokenFromAddress({ location, history }: TokenPlace): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) {
    return undefined;
  }
  history.replaceState(null, "", location.pathname + location.search);
  return token.trim() || undefined;
}

/** The token that this tab signed in with. */
export function storedToken({ sessionStorage }: TokenPlace): string | undefined {
  return sessionStorage.getItem(storageKey) ?? undefined;
}

export function storeToken({ sessionStorage }: TokenPlace, token: string): void {
  sessionStorage.setItem(storageKey, token);
}

export function forgetToken({ sessionStorage }: TokenPlace): void {
  sessionStorage.removeItem(storageKey);
}
