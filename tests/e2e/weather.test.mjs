// A bad day: the server slow, busy, failing, gone; titles that somebody made up to break a page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { filmIds, forgive, kShots, overflow, page, reopen, until } from "./support.mjs";

const refuse = (status, headers = {}) => ({
  status,
  headers: { "Content-Type": "application/problem+json", ...headers },
  body: JSON.stringify({ title: "Refused", status }),
});

test("a busy server’s Retry-After is told and kept to, and the click arrives", async () => {
  await reopen();
  const sentAt = [];
  await page.route("**/api/events", (route) => {
    sentAt.push(Date.now());
    return sentAt.length === 1
      ? route.fulfill(refuse(429, { "Retry-After": "2" }))
      : route.continue();
  });
  await page.locator(".card-hide").first().click();
  await page.getByText(/1 action waits to be sent.*Too many requests.*in 2 s/).waitFor();
  await page
    .locator(".entry")
    .first()
    .getByText(/^Hid(?!.*waiting)/)
    .waitFor();
  assert.equal(sentAt.length, 2);
  assert.ok(sentAt[1] - sentAt[0] >= 1990, `tried again after ${sentAt[1] - sentAt[0]} ms`);
  await page.getByText("to be sent").waitFor({ state: "detached" });
  forgive(/status of 429/);
});

test("offline, three actions wait through a reload’s worth of trouble and arrive in order", async () => {
  await reopen();
  const ids = await filmIds();
  await page.context().setOffline(true);
  await page.locator(".card-hide").first().click();
  await page.locator(".card").nth(1).getByRole("radio", { name: "4 of 5 stars" }).click();
  await page.locator(".card-hide").nth(2).click();
  await page.getByText("3 actions wait to be sent.").waitFor();
  await page
    .getByText(/cannot be reached/)
    .first()
    .waitFor();
  await page.context().setOffline(false); // the browser says "online", the page sends
  await until(
    async () => (await page.locator(".entry", { hasText: "waiting" }).count()) === 0,
    "all sent",
  );
  await page.reload();
  await page.locator(".entry").nth(2).waitFor();
  const did = await page.locator(".entry .muted").allInnerTexts();
  assert.match(did[0], /^Hid/);
  assert.match(did[1], /^Rated 4/);
  assert.match(did[2], /^Hid/);
  await until(async () => !(await filmIds()).includes(ids[0]), "the first film stays hidden");
  forgive(/ERR_INTERNET_DISCONNECTED/);
});

test("a list that fails is explained and comes when the server is back", async () => {
  let failures = 2;
  const failing = (route) =>
    failures-- > 0 ? route.fulfill(refuse(503, { "Retry-After": "1" })) : route.continue();
  await reopen({
    ready: ".notice-error",
    routes: { "**/api/recommendations?*": failing },
  });
  await page.getByText(/The server is busy; trying again in 1 s/).waitFor();
  await page.locator(".card[data-movie-id]").first().waitFor();
  await page.locator(".notice-error").waitFor({ state: "detached" });
  forgive(/status of 503/);
});

test("while a slow list is on its way its place is kept", async () => {
  let answer;
  const slow = new Promise((resolve) => (answer = resolve));
  const wait = (route) => slow.then(() => route.continue());
  const options = { ready: ".skeleton", routes: { "**/api/recommendations?*": wait } };
  await reopen({ path: "/?user_id=7", ...options });
  await page.getByText("Your history").waitFor();
  const second = (selector) => page.locator(selector).nth(7).boundingBox();
  const before = await second(".skeleton-poster");
  answer();
  await page.locator(".card[data-movie-id]").first().waitFor();
  const after = await second(".card-poster");
  assert.ok(Math.abs(before.y - after.y) < 24, `the list jumped by ${after.y - before.y} px`);
  assert.equal(before.x, after.x);
});

const kTitles = [
  "<script>alert(1)</script><img src=x onerror=alert(2)>",
  "\u202eGNIHTYREVE SKAERB\u202d and more",
  "W".repeat(500),
  "a\u0301".repeat(250),
  "مرحبا بالعالم: فيلم طويل جدا",
  "{{constructor.constructor('alert(1)')()}}",
  " ",
  "🎬".repeat(60),
];

test("titles are text: markup, direction and 500 characters harm nothing", async () => {
  const recommendations = kTitles.map((title, i) => ({
    movie_id: `bad-${i}`,
    title,
    score: 1 - i / 10,
    rank: i + 1,
    year: i % 2 === 0 ? 1999 : null,
    genres: ["<b>Drama</b>", "D".repeat(200)],
    reason: `Because you liked ${title}`,
  }));
  const list = {
    user_id: "7",
    recommendations,
    source: "hybrid",
    generated_at: "2026-11-24T12:00:00Z",
    list_id: "l-1",
    model_version: "als_<i>1</i>",
    offset: null,
    next_cursor: null,
  };
  const routes = {
    "**/api/recommendations?*": (route) => route.fulfill({ json: list }),
    "**/api/events": (route) => route.fulfill(refuse(503, { "Retry-After": "60" })),
  };
  for (const width of [320, 1280]) {
    await reopen({ path: "/?user_id=7", width, routes });
    await page.locator(".card-poster").nth(2).click();
    await page.locator("#film-heading").waitFor();
    await page.locator(".card-hide").first().click();
    assert.equal(await overflow(), 0, `too wide at ${width}`);
    assert.equal(await page.locator("img, .card b, .card script").count(), 0);
    const first = await page.locator(".film h2").innerText();
    assert.ok(first.startsWith("WWWW"));
    if (kShots) await page.screenshot({ path: `${kShots}/odd-titles-${width}.png` });
    forgive(/status of 503/);
  }
});
