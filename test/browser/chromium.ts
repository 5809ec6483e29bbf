/** The browser that tests and screenshots use, where the machine has one. */
import { existsSync } from "node:fs";
import { loadSettings } from "@caprock/platform";
import { type Browser, chromium } from "playwright-core";
import { z } from "zod";

const browserSettings = z.object({
  CHROMIUM_PATH: z.string().min(1).optional().describe("The Chromium or Chrome that the browser tests use."),
});

const usualPlaces = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** CHROMIUM_PATH, or where systems put it; undefined when there is none. */
export function findChromium(): string | undefined {
  const { CHROMIUM_PATH } = loadSettings(browserSettings);
  return CHROMIUM_PATH ?? usualPlaces.find((path) => existsSync(path));
}

export function openBrowser(executablePath: string): Promise<Browser> {
  // Containers have no user namespaces for the sandbox; only the project's own pages are opened.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
