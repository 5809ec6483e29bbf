/** Who is signed in: holds the admin token, checks it against the API, and lets go of it. */
import { type AdminClient, createAdminClient } from "@caprock/contract";
import { useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  type PropsWithChildren,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from "react";
import { isUnauthorized, messageOf } from "../api/failures.ts";
import { forgetToken, storedToken, storeToken, takeTokenFromAddress } from "./token.ts";

interface Session {
  /** The admin API as whoever is signed in; undefined before that. */
  readonly client: AdminClient | undefined;
  /** True while a token is being checked. */
  readonly checking: boolean;
  /** Why the last attempt, or the session before, ended. */
  readonly problem: string | undefined;
  /** Checks the token against the API and keeps it if it is accepted. */
  signIn(token: string): Promise<void>;
  /** Forgets the token and everything that was read with it. */
  signOut(problem?: string): void;
}

const SessionContext = createContext<Session | undefined>(undefined);

const tokenRefused = "The admin token is no longer accepted. Sign in with the current one.";

/** Provides the session to the pages. `addressToken` is the token that the page was opened with, if any. */
export function SessionProvider({
  addressToken,
  children,
}: PropsWithChildren<{ addressToken?: string | undefined }>) {
  const queries = useQueryClient();
  const [token, setToken] = useState(() => (addressToken === undefined ? storedToken(window) : undefined));
  const [checking, setChecking] = useState(addressToken !== undefined);
  const [problem, setProblem] = useState<string>();

  const signOut = useCallback(
    (reason?: string) => {
      forgetToken(window);
      setToken(undefined);
      setProblem(reason);
      queries.clear();
    },
    [queries],
  );

  const signIn = useCallback(
    async (candidate: string) => {
      setChecking(true);
      setProblem(undefined);
      try {
        await createAdminClient({ baseUrl: "", token: candidate }).listTenants({});
        queries.clear();
        storeToken(window, candidate);
        setToken(candidate);
      } catch (error) {
        setProblem(
          isUnauthorized(error)
            ? "This is not the admin token of this deployment. Check that you copied all of it."
            : messageOf(error),
        );
      } finally {
        setChecking(false);
      }
    },
    [queries],
  );

  useEffect(() => {
    if (addressToken !== undefined) {
      void signIn(addressToken);
    }
    const onHashChange = () => {
      const candidate = takeTokenFromAddress(window);
      if (candidate !== undefined) {
        void signIn(candidate);
      }
    };
    window.addEventListener("hashchange", onHashChange);
    return () => window.removeEventListener("hashchange", onHashChange);
  }, [addressToken, signIn]);

  const client = useMemo(
    () =>
      token === undefined
        ? undefined
        : createAdminClient({
            baseUrl: "",
            token,
            fetch: async (...request) => {
              const response = await fetch(...request);
              if (response.status === 401) {
                signOut(tokenRefused);
              }
              return response;
            },
          }),
    [token, signOut],
  );

  const session = useMemo<Session>(
    () => ({
      client,
      checking,
      problem,
      signIn,
      signOut,
    }),
    [client, checking, problem, signIn, signOut],
  );
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) {
    throw new Error("useSession needs a SessionProvider above it.");
  }
  return session;
}

/** The admin API as the signed-in admin. Only for pages behind the sign-in. */
export function useClient(): AdminClient {
  const { client } = useSession();
  if (!client) {
    throw new Error("useClient needs a signed-in session.");
  }
  return client;
}
