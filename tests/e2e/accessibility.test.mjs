// axe finds nothing on the page or the console, whatever is open, in both themes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { page, reopen, require } from "./support.mjs";
import { kOperatorRoutes } from "./operator_routes.mjs";

const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const kTags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function findsNothing(state) {
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(
    (values) => globalThis.axe.run(document, { runOnly: { type: "tag", values } }),
    kTags,
  );
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target} · ${node.any[0]?.message ?? node.html}`),
  );
  assert.deepEqual(found, [], `${state}: ${found.length} violations`);
  assert.ok(passes.length > 10, `axe checked only ${passes.length} rules`);
}

for (const colorScheme of ["dark", "light"]) {
  test(`the viewer’s page in ${colorScheme} colours`, async () => {
    await reopen({ path: "/?user_id=7", colorScheme });
    await findsNothing("the list");
    await page.getByRole("button", { name: "Filters" }).click();
    await page.locator(".genre").first().click();
    await page.getByRole("button", { name: /, wanted$/ }).click();
    await page.locator(".genre").nth(1).click();
    await page
      .getByRole("button", { name: /Drop the filter/ })
      .nth(1)
      .waitFor();
    await findsNothing("filters open and in use");
    await page.getByRole("button", { name: "Filters" }).click();
    await page.locator(".card-poster").first().click();
    await page.locator("#film-heading").waitFor();
    await page.locator(".card-hide").nth(2).click();
    await page.getByRole("button", { name: "Undo" }).waitFor();
    await page
      .getByText(/in your list after/)
      .first()
      .waitFor();
    await findsNothing("a film, a toast, moved films");
    await page.getByRole("button", { name: "Watchlist" }).first().click();
    await page.getByRole("combobox", { name: "Search films" }).fill("the");
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("ArrowDown");
    await findsNothing("search");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /Switch viewer/ }).click();
    await page.getByLabel("Watch as").fill("no id!");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await findsNothing("the viewer switch and its complaint");
  });

  test(`the console in ${colorScheme} colours`, async () => {
    await reopen({ path: "/console", ready: ".sign-in", colorScheme, routes: kOperatorRoutes });
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    await findsNothing("sign in and its complaint");
    await page.getByLabel("Operator token").fill("token");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /^2026-11-25/ }).click();
    await page.locator(".logs time").first().waitFor();
    await findsNothing("runs, stages, logs, models, health, audit");
    await page
      .getByRole("button", { name: /^Promote/ })
      .first()
      .click();
    await page.getByRole("dialog").waitFor();
    await findsNothing("a question");
  });
}

test("a narrow screen with a film open", async () => {
  await reopen({ path: "/?user_id=7", width: 320, height: 640 });
  await page.locator(".card-poster").first().click();
  await page.locator("#film-heading").waitFor();
  await findsNothing("the film from below");
});
