/** Files that only the signed-in admin may read: fetched with the token, then saved or opened by the browser. */
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { messageOf } from "./failures.ts";

/** Long enough for the browser to have read what it saves or opens. */
const keptMs = 60_000;

interface Download {
  readonly fileName: string;
  readonly read: () => Promise<Response>;
}

/** Saves an answer of the API as a file, byte by byte as it came. */
export function useDownload() {
  return useMutation({
    mutationFn: async ({ fileName, read }: Download) => {
      const address = addressOf(await (await read()).blob());
      const link = document.createElement("a");
      link.href = address;
      link.download = fileName;
      link.click();
    },
    onError: sayWhatFailed,
  });
}

/**
 * Opens a page of the API in a tab of its own. The tab is opened before the page is fetched: a browser lets only a
 * click open one. The dashboard's content policy holds in it, so that nothing in the page runs.
 */
export function useOpenPage() {
  return useMutation({
    mutationFn: async (read: () => Promise<Response>) => {
      const tab = window.open("", "_blank");
      if (tab === null) {
        notifications.show({ color: "red", message: "The browser did not let the page open a tab." });
        return;
      }
      try {
        tab.location.replace(addressOf(await (await read()).blob()));
      } catch (error) {
        tab.close();
        throw error;
      }
    },
    onError: sayWhatFailed,
  });
}

function addressOf(content: Blob): string {
  const address = URL.createObjectURL(content);
  setTimeout(() => URL.revokeObjectURL(address), keptMs);
  return address;
}

function sayWhatFailed(error: unknown): void {
  notifications.show({ color: "red", message: messageOf(error) });
}
