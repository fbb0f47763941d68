// /docs as a reader meets it: in a browser, served by the Worker, over a real database.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { findBrowser, launchBrowser, watchPage } from "./browser.ts";
import { type RunningService, startService } from "../../support/running-service.ts";

const root = join(import.meta.dirname, "../../..");
const program = findBrowser();
const without = program === undefined ? " (skipped: no Chromium in PATH and no CHROMIUM_PATH)" : "";
// The name of a test that is skipped is not in the usual output.
if (program === undefined) process.stdout.write(`/docs in a browser${without}\n`);
let service: RunningService;
let browser: Browser;

/** An operation that was sent, and what the page shows of the answer. */
interface Tried {
  readonly summary: Locator;
  readonly status: string;
  readonly body: unknown;
}

/** Opens an operation and sends it as the page has filled it in. */
async function tryOut(page: Page, id: string): Promise<Tried> {
  const operation = page.locator(`#operations-${id}`);
  const summary = operation.locator(".opblock-summary-control");
  await summary.click();
  const answered = page.waitForResponse((response) => response.request().resourceType() === "fetch");
  await operation.locator("button.execute").click();
  const text = await (await answered).text();
  const status = await operation.locator(".live-responses-table tbody .response-col_status").innerText();
  return { summary, status: status.trim(), body: text === "" ? undefined : JSON.parse(text) };
}

/** Logs in with the form of the page. */
async function logIn(page: Page, password: string): Promise<void> {
  await page.locator("#login input[name=email]").fill("ada@example.com");
  await page.locator("#login input[name=password]").fill(password);
  const answered = page.waitForResponse((response) => response.url().endsWith("/auth/login"));
  await page.locator("#login button").click();
  await (await answered).finished();
  await page.locator("#login output:not(:has-text('…'))").waitFor();
}

async function keepPicture(page: Page): Promise<Buffer> {
  const clip = { x: 0, y: 0, width: 1200, height: 1480 };
  const picture = await page.screenshot({ fullPage: true, clip });
  await mkdir(join(root, "dist"), { recursive: true });
  await writeFile(join(root, "dist/docs-page.png"), picture);
  if (process.env["UPDATE_SCREENSHOT"] === "1") {
    await mkdir(join(root, ".github"), { recursive: true });
    await writeFile(join(root, ".github/docs-page.png"), picture);
  }
  return picture;
}

describe.skipIf(program === undefined)(`/docs in a browser${without}`, () => {
  beforeAll(async () => {
    [service, browser] = await Promise.all([startService(), launchBrowser(program ?? "")]);
  });

  afterAll(async () => {
    await browser?.close();
    await service?.[Symbol.asyncDispose]();
  });

  it("signs up, logs in and calls a protected route, and asks nobody else for anything", async () => {
    const page = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
    const watch = await watchPage(page, service.origin);
    const opened = await page.goto(`${service.origin}/docs`);
    expect(opened?.headers()["content-security-policy"]).toContain("default-src 'none'");
    const signedUp = await tryOut(page, "Account-signUp");
    expect(signedUp.status).toBe("201");
    const loggedIn = await tryOut(page, "Login-logIn");
    expect(loggedIn.status).toBe("200");
    const refused = await tryOut(page, "Account-deleteMe");
    expect(refused.status).toBe("401");
    await logIn(page, "wrong password");
    expect(await page.locator("#login output").innerText()).toContain("match");
    await logIn(page, "correct horse battery");
    expect(await page.locator("#login output").innerText()).toContain("ada@example.com is logged in");
    const me = await tryOut(page, "Account-getMe");
    expect(me.status).toBe("200");
    expect(me.body).toEqual({ id: 1, email: "ada@example.com", role: "user", disabled: false });
    // Out of the picture.
    for (const { summary } of [signedUp, loggedIn, refused]) await summary.click();
    expect((await keepPicture(page)).length).toBeLessThan(300_000);
    expect(watch).toEqual({ outside: [], complaints: [] });
  });

  it("would be seen asking somebody else", async () => {
    const page = await browser.newPage();
    const watch = await watchPage(page, service.origin);
    await page.goto(`${service.origin}/health`);
    await page.evaluate("fetch('https://elsewhere.example/font.woff2').catch(() => undefined)");
    expect(watch.outside).toEqual(["https://elsewhere.example/font.woff2"]);
    await page.goto(`${service.origin}/docs`);
    await page.evaluate("fetch('https://elsewhere.example/').catch(() => undefined)");
    expect(watch.complaints.join()).toContain("elsewhere.example");
  });
});
