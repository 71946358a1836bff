// The operator's page against a real server; its token is read from $MARQUEE_DATA.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { kOperatorRoutes } from "./operator_routes.mjs";
import { forgive, kShots, overflow, page, reopen } from "./support.mjs";

const kTokenFile = `${process.env.MARQUEE_DATA}/operator.token`;
const skip = existsSync(kTokenFile) ? false : "MARQUEE_DATA names no data directory";

async function signIn(token) {
  await page.getByLabel("Operator token").fill(token);
  await page.keyboard.press("Enter");
}

test("/admin leads to the console, which refuses a wrong token", { skip }, async () => {
  await reopen({ path: "/admin", ready: ".sign-in" });
  assert.equal(new URL(page.url()).pathname, "/console");
  await signIn("wrong");
  await page.getByText("This is not the operator’s token.").waitFor();
  forgive(/status of 401/);
});

test("the operator sees models, audit and health, and the tab forgets", { skip }, async () => {
  await reopen({ path: "/console", ready: ".sign-in" });
  await signIn(readFileSync(kTokenFile, "utf8"));
  await page.locator(".table").getByText("in service").waitFor();
  await page.getByText("In the log, since the beginning").waitFor();
  await page.locator(".console-list").getByText("events").waitFor();
  await page
    .getByText(/keeps no runs|Nothing has run yet|Run now/)
    .first()
    .waitFor();
  await page.reload();
  await page.locator(".table").waitFor(); // the tab still knows the token
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.reload();
  await page.locator(".sign-in").waitFor();
  assert.equal(await page.evaluate(() => localStorage.getItem("marquee.operator_token")), null);
  forgive(/status of 404/); // a server without runs
});

test("the console fits every screen and its questions can be left by Escape", async () => {
  for (const width of [320, 768, 1440, 3840]) {
    await reopen({ path: "/console", ready: ".sign-in", width, routes: kOperatorRoutes });
    await signIn("token");
    await page.getByRole("button", { name: /^2026-11-25/ }).click();
    await page.locator(".logs time").first().waitFor();
    assert.equal(await overflow(), 0, `too wide at ${width}`);
    if (kShots) await page.screenshot({ path: `${kShots}/console-${width}.png` });
  }
  const promote = page.getByRole("button", { name: "Promote als_20261123_0200" });
  await promote.click();
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.ok(await promote.evaluate((button) => button === document.activeElement));
});
