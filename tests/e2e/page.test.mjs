// What a viewer does and sees, in a real browser against a real server, given by MARQUEE_URL (a
// `marquee serve` or the mock, frontend/mock/server.mjs):
//
//   tools/build_page --e2e http://127.0.0.1:30000
//
// Optional: CHROMIUM (default /usr/bin/chromium); PAGE_SHOTS=DIR keeps screenshots there.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { filmIds, forgive, page, reopen, stampSays, until } from "./support.mjs";

beforeEach(() => reopen());

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

test("search finds a film whose title is misspelt, and marks what fits", async () => {
  const title = await page
    .locator(".card-title")
    .evaluateAll((all) => all.map((one) => one.innerText).find((text) => /[A-Za-z]{8}/.test(text)));
  assert.ok(title, "no popular title has a long word");
  const word = /[A-Za-z]{8,}/.exec(title)[0];
  const swapped = word.slice(0, 4) + word[5] + word[4] + word.slice(6);
  await page.getByRole("combobox", { name: "Search films" }).fill(swapped);
  await page
    .getByRole("option", { name: title.slice(0, 30) })
    .first()
    .waitFor();
  await page.getByRole("combobox", { name: "Search films" }).fill(word);
  await page.locator(".search-title mark", { hasText: word }).first().waitFor();
});

test("filters change the list and stay in the address through a reload", async () => {
  await page.getByRole("button", { name: "Filters" }).click();
  const genre = page.locator(".genre").nth(1);
  const name = await genre.innerText();
  await genre.click();
  const all = () =>
    page
      .locator(".grid .card-facts")
      .evaluateAll(
        (facts, wanted) => facts.every((one) => one.dataset.genres.includes(wanted)),
        name,
      );
  await until(all, `nothing but ${name}`);
  await page.getByRole("button", { name: `${name}, wanted` }).click();
  await until(() => new URL(page.url()).searchParams.get("exclude_genre") === name, "the address");
  await page.reload();
  await page.getByRole("button", { name: `Drop the filter: without ${name}` }).waitFor();
  await page.locator(".card[data-movie-id]").first().waitFor();
  const genres = await page
    .locator(".grid .card-facts")
    .evaluateAll((facts) => facts.flatMap((one) => one.dataset.genres.split("|")));
  assert.ok(genres.length > 0 && !genres.includes(name), `${name} is still there`);
});

test("more films come without repeating one", async () => {
  const before = await filmIds();
  await page.getByRole("button", { name: "More films" }).click();
  await until(async () => (await filmIds()).length > before.length, "more films");
  const after = await filmIds();
  assert.equal(new Set(after).size, after.length);
  assert.ok(same(after.slice(0, before.length), before));
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
  forgive(/ERR_FAILED/);
  await page.unroute("**/api/events");
  await page.reload();
  await page.locator(".entry").first().getByText(/^Hid/).waitFor();
});

test("the keyboard reaches search, viewer, filters, films, stars and hiding, in this order", async () => {
  const reached = [];
  for (let i = 0; i < 10; i++) {
    await page.keyboard.press("Tab");
    reached.push(
      await page.evaluate(
        () =>
          document.activeElement
            ?.closest(
              ".skip, .brand, .search, .viewer, .theme, .filter-bar, .card-poster, .stars, .card-hide",
            )
            ?.className.split(" ")[0],
      ),
    );
  }
  const order = reached.filter((name, i) => name && name !== reached[i - 1]);
  assert.deepEqual(order.slice(0, 9), [
    "skip",
    "brand",
    "search",
    "viewer",
    "icon-button",
    "filter-bar",
    "card-poster",
    "stars",
    "icon-button",
  ]);
});
