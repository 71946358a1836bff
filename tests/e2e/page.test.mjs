// The page in a real browser against a real server, given by MARQUEE_URL (a `marquee serve` or the
// mock, frontend/mock/server.mjs):
//
//   tools/build_page --e2e http://127.0.0.1:30000
//
// Optional: CHROMIUM (default /usr/bin/chromium); PAGE_SHOTS=DIR keeps screenshots there.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { after, afterEach, before, beforeEach, test } from "node:test";

const require = createRequire(new URL("../../frontend/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const kUrl = process.env.MARQUEE_URL;
const kShots = process.env.PAGE_SHOTS;
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
let page;
let complaints;

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

// No error, no warning and no request to another host, whatever the viewer does.
afterEach(() => assert.deepEqual(complaints, []));

beforeEach(async () => {
  await page?.context().close();
  page = await open();
});

/** A fresh browser profile on the page, as a new guest unless `path` names a viewer. */
async function open({ path = "/", width = 1280, height = 900, colorScheme = "dark" } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    reducedMotion: "reduce",
  });
  const opened = await context.newPage();
  opened.setDefaultTimeout(kPatienceMs);
  complaints = [];
  opened.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  opened.on("pageerror", (error) => complaints.push(String(error)));
  opened.on("request", (request) => {
    if (!request.url().startsWith(kUrl)) complaints.push(`request to ${request.url()}`);
  });
  await opened.goto(new URL(path, kUrl).href);
  await opened.locator(".card").first().waitFor();
  return opened;
}

const filmIds = () =>
  page.locator(".grid .card").evaluateAll((cards) => cards.map((card) => card.dataset.movieId));

async function until(condition, what) {
  const end = Date.now() + kPatienceMs;
  while (Date.now() < end) {
    if (await condition()) return;
    await page.waitForTimeout(40);
  }
  assert.fail(`waited in vain: ${what}`);
}

const stampSays = (verb) => page.getByText(new RegExp(`after your ${verb}`)).waitFor();
const same = (one, other) => one.join() === other.join();

async function counter(name) {
  const text = await page.locator(`[data-counter="${name}"]`).innerText();
  return Number(text.replace(/[^\d.]/g, ""));
}

test("a guest’s click opens the film and changes the list", async () => {
  await page.getByRole("heading", { name: "Popular now" }).waitFor();
  const before = await filmIds();
  await page.locator(".card-poster").nth(1).click();
  await page.locator("#film-heading").waitFor();
  await stampSays("click");
  const after = await filmIds();
  assert.ok(!same(before, after), "the list is the same after a click");
  assert.ok(!after.includes(before[1]), "the opened film is still recommended");
  await page.getByRole("heading", { name: "Picked for you" }).waitFor();
});

test("switching the viewer shows another list, and the address remembers who", async () => {
  const before = await filmIds();
  await page.getByRole("button", { name: /Switch viewer/ }).click();
  await page.getByLabel("Watch as").fill("42");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /^Viewer 42/ }).waitFor();
  await until(async () => (await page.locator(".card").count()) > 0, "a list for viewer 42");
  assert.equal(new URL(page.url()).searchParams.get("user_id"), "42");
  await page.getByRole("button", { name: /Switch viewer/ }).click();
  await page.getByRole("button", { name: "New guest" }).click();
  await until(async () => same(before, await filmIds()), "the popular list for a new guest");
});

test("a rating by half stars is kept, shown in the history and can be taken back", async () => {
  const title = await page.locator(".card-title").first().innerText();
  const card = page.locator(".card").first();
  await card.getByRole("radio", { name: "4½ of 5 stars" }).click();
  await stampSays("rating");
  const entry = page.locator(".entry").first();
  await entry.getByText("Rated 4½").waitFor();
  await page.reload();
  await page.locator(".entry", { hasText: title }).getByText("Rated 4½").waitFor();
  await entry.getByRole("button", { name: /Take back/ }).click();
  await stampSays("undo");
  await page.locator(".entry-undone").first().waitFor();
});

test("a hidden film is gone and undo brings it back", async () => {
  const [first] = await filmIds();
  await page.locator(".card-hide").first().click();
  await until(async () => !(await filmIds()).includes(first), "the hidden film to go");
  await stampSays("hiding");
  await page.getByRole("button", { name: "Undo" }).click();
  await until(async () => (await filmIds()).includes(first), "the film to come back");
});

test("search finds a film by a part of its title with the keyboard alone", async () => {
  const title = (await page.locator(".card-title").nth(2).innerText()).replace(/ \(.*$/, "");
  await page.keyboard.press("/");
  await page.keyboard.type(title.slice(0, 30));
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator("#film-heading").waitFor();
  await page.locator(".entry").first().getByText("Found by search").waitFor();
});

test("the counters move with what the viewer does", async () => {
  await until(async () => (await counter("Requests")) > 0, "the counters");
  const [requests, accepted] = [await counter("Requests"), await counter("Events accepted")];
  await page.locator(".card-poster").first().click();
  await until(async () => (await counter("Events accepted")) > accepted, "one more event");
  await until(async () => (await counter("Requests")) > requests, "more requests");
});

test("what was done while the server was away is sent when it is back", async () => {
  await page.route("**/api/events", (route) => route.abort());
  await page.locator(".card-hide").first().click();
  await page.getByText("1 action waits to be sent.").waitFor();
  complaints = complaints.filter((text) => !text.includes("ERR_FAILED")); // the browser's own words
  await page.unroute("**/api/events");
  await page.reload();
  await page.locator(".entry").first().getByText(/^Hid/).waitFor();
});

test("light and dark follow the system and the button, and are remembered", async () => {
  const background = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await background();
  await page.getByRole("button", { name: "Switch to light colours" }).click();
  await until(async () => (await background()) !== dark, "light colours");
  const light = await background();
  await page.reload();
  await page.locator(".card").first().waitFor();
  assert.equal(await background(), light);
  await page.context().close();
  page = await open({ colorScheme: "light" });
  assert.equal(await background(), light);
});

test("nothing is wider than the screen from 320 to 1920 pixels, in both themes", async () => {
  for (const width of [320, 768, 1440, 1920]) {
    for (const colorScheme of ["dark", "light"]) {
      await page.context().close();
      page = await open({ path: "/?user_id=7", width, colorScheme });
      await page.locator(".card-poster").first().click();
      await page.locator("#film-heading").waitFor();
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.equal(overflow, 0, `${overflow} px too wide at ${width}`);
      if (kShots) await page.screenshot({ path: `${kShots}/page-${width}-${colorScheme}.png` });
      assert.deepEqual(complaints, []);
    }
  }
});

test("the keyboard reaches search, viewer, films, stars and hiding, in this order", async () => {
  const reached = [];
  for (let i = 0; i < 9; i++) {
    await page.keyboard.press("Tab");
    reached.push(
      await page.evaluate(
        () =>
          document.activeElement
            ?.closest(".skip, .brand, .search, .viewer, .theme, .card-poster, .stars, .card-hide")
            ?.className.split(" ")[0],
      ),
    );
  }
  const order = reached.filter((name, i) => name && name !== reached[i - 1]);
  assert.deepEqual(order.slice(0, 8), [
    "skip",
    "brand",
    "search",
    "viewer",
    "icon-button",
    "card-poster",
    "stars",
    "icon-button",
  ]);
});
