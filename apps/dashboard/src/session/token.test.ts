import { describe, expect, it } from "vitest";
import { forgetToken, storedToken, storeToken, type TokenPlace, takeTokenFromAddress } from "./token.ts";

function tabAt(address: string) {
  const stored = new Map<string, string>();
  let url = new URL(address, "http://127.0.0.1:4200");
  const place: TokenPlace = {
    get location() {
      return { hash: url.hash, pathname: url.pathname, search: url.search };
    },
    history: {
      replaceState: (_data, _unused, next) => {
        url = new URL(next, url.origin);
      },
    },
    sessionStorage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
      removeItem: (key) => void stored.delete(key),
    },
  };
  return { place, address: () => url.href.slice(url.origin.length) };
}

describe("the admin token", () => {
  it("is taken from the fragment and leaves nothing of itself in the address", () => {
    const tab = tabAt("/tenants?x=1#token=adm_s3cret%2B");
    expect(takeTokenFromAddress(tab.place)).toBe("adm_s3cret+");
    expect(tab.address()).toBe("/tenants?x=1");
    expect(takeTokenFromAddress(tab.place)).toBeUndefined();
  });

  it("is erased from the address even when it is empty", () => {
    const tab = tabAt("/#token=");
    expect(takeTokenFromAddress(tab.place)).toBeUndefined();
    expect(tab.address()).toBe("/");
  });

  it("leaves other fragments alone", () => {
    const tab = tabAt("/reference#/Tenants");
    expect(takeTokenFromAddress(tab.place)).toBeUndefined();
    expect(tab.address()).toBe("/reference#/Tenants");
  });

  it("is kept until it is forgotten", () => {
    const { place } = tabAt("/");
    expect(storedToken(place)).toBeUndefined();
    storeToken(place, "adm_x");
    expect(storedToken(place)).toBe("adm_x");
    forgetToken(place);
    expect(storedToken(place)).toBeUndefined();
  });
});
