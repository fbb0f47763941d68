// A browser without a window, for tests of pages: Debian's Chromium or another that is installed.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

import { type Browser, chromium, type Page } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Where the browser is: `CHROMIUM_PATH`, or the first of the usual names in PATH; undefined where none is. */
export function findBrowser(): string | undefined {
  const { CHROMIUM_PATH: given, PATH: path = "" } = process.env;
  if (given !== undefined && given !== "") return given;
  const candidates = names.flatMap((name) => path.split(delimiter).map((folder) => join(folder, name)));
  return candidates.find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Starts it. Chromium's own sandbox does not work for root, whom containers often are. */
export function launchBrowser(executablePath: string): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath, args });
}

/** What a page did that it was not to do. */
export interface Watch {
  /** Requests to another origin, none of which is let through. */
  readonly outside: readonly string[];
  /** What the page's own policy forbade, and errors that the page did not catch. */
  readonly complaints: readonly string[];
}

/** Watches a page from before its first request on. */
export async function watchPage(page: Page, origin: string): Promise<Watch> {
  const outside: string[] = [];
  const complaints: string[] = [];
  await page.route("**/*", async (route) => {
    const url = route.request().url();
    const isOwn = new URL(url).origin === origin || url.startsWith("data:");
    if (!isOwn) outside.push(url);
    await (isOwn ? route.continue() : route.abort());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
  });
  return { outside, complaints };
}
