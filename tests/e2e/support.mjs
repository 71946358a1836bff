// One browser for a test file and a fresh profile for every test, against the server of MARQUEE_URL.
// Whatever the viewer does: no error, no warning and no request to another host.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { after, afterEach, before, beforeEach } from "node:test";

export const require = createRequire(new URL("../../frontend/package.json", import.meta.url));
const { chromium } = require("playwright-core");

export const kUrl = process.env.MARQUEE_URL;
export const kShots = process.env.PAGE_SHOTS;
const kPatienceMs = 30000;
// Nothing but the server under test may be talked to, and the browser must not try.
const kArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-sync",
  "--disable-background-networking",
  "--disable-component-update",
];

let browser;
/** The page under test; another one after reopen(). */
export let page;
let complaints = [];

before(async () => {
  assert.ok(kUrl, "MARQUEE_URL names no server");
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: kArguments,
  });
  if (kShots) mkdirSync(kShots, { recursive: true });
});
after(async () => {
  await browser?.close();
});
beforeEach(async () => {
  complaints = [];
});
afterEach(() => assert.deepEqual(complaints, []));

/** The browser's own words for failures that a test makes on purpose. */
export function forgive(pattern) {
  complaints = complaints.filter((text) => !pattern.test(text));
}

/**
 * A fresh browser profile on the page, as a new guest unless `path` names a viewer. `routes` are
 * answers in place of the server's, by pattern; `ready` is what to wait for.
 */
export async function reopen({
  path = "/",
  width = 1280,
  height = 900,
  colorScheme = "dark",
  ready = ".card[data-movie-id]",
  routes = {},
  ...more
} = {}) {
  await page?.context().close();
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    reducedMotion: "reduce",
    ...more,
  });
  page = await context.newPage();
  page.setDefaultTimeout(kPatienceMs);
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(kUrl)) complaints.push(`request to ${request.url()}`);
  });
  for (const [pattern, answer] of Object.entries(routes)) await page.route(pattern, answer);
  await page.goto(new URL(path, kUrl).href);
  await page.locator(ready).first().waitFor();
}

export async function until(condition, what) {
  const end = Date.now() + kPatienceMs;
  while (Date.now() < end) {
    if (await condition()) return;
    await page.waitForTimeout(40);
  }
  assert.fail(`waited in vain: ${what}`);
}

/** How many pixels the page is wider than its screen. */
export const overflow = () =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

export const filmIds = () =>
  page.locator(".grid .card").evaluateAll((cards) => cards.map((card) => card.dataset.movieId));

export const stampSays = (verb) => page.getByText(new RegExp(`after your ${verb}`)).waitFor();
