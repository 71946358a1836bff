// Every screen from 320 px to 4K, both themes, and what the system asks for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { kShots, overflow, page, reopen, until } from "./support.mjs";

test("light and dark follow the system and the button, and are remembered", async () => {
  await reopen();
  const background = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await background();
  await page.getByRole("button", { name: "Switch to light colours" }).click();
  await until(async () => (await background()) !== dark, "light colours");
  const light = await background();
  await page.reload();
  await page.locator(".card").first().waitFor();
  assert.equal(await background(), light);
  await reopen({ colorScheme: "light" });
  assert.equal(await background(), light);
});

for (const width of [320, 768, 1440, 1920, 3840]) {
  test(`nothing is wider than a screen of ${width} pixels, in both themes`, async () => {
    const height = width > 2000 ? 2160 : 900;
    for (const colorScheme of ["dark", "light"]) {
      await reopen({ path: "/?user_id=7", width, height, colorScheme });
      await page.locator(".card-poster").first().click();
      await page.locator("#film-heading").waitFor();
      assert.equal(await overflow(), 0, `too wide at ${width}`);
      if (kShots) await page.screenshot({ path: `${kShots}/page-${width}-${colorScheme}.png` });
    }
  });
}

test("on a 4K screen the list fills the width and the type grows", async () => {
  await reopen({ width: 3840, height: 2160 });
  const grid = await page.locator(".grid").boundingBox();
  const rail = await page.locator(".rail").boundingBox();
  assert.ok(grid.x < 200 && rail.x + rail.width > 3640, "a sea of space at the sides");
  const title = await page.locator(".card-title").first();
  const size = await title.evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
  assert.ok(size >= 19, `titles of ${size} px`);
});

test("forced colours keep stars, bars and states visible", async () => {
  await reopen({ forcedColors: "active" });
  await page.getByRole("button", { name: "Filters" }).click();
  await page.locator(".genre").first().click();
  const seen = await page.evaluate(() => {
    const colour = (selector, property) =>
      getComputedStyle(document.querySelector(selector))[property];
    return {
      star: colour(".stars-empty", "stroke"),
      match: colour(".match-fill", "backgroundColor"),
      track: colour(".match-track", "backgroundColor"),
    };
  });
  assert.notEqual(seen.match, seen.track);
  assert.notEqual(seen.star, "none");
});
