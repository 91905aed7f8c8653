// Opens a report in a real browser: widths, colours, keys, console. Run by hand, never in CI:
//
//   STORY_REPORT_FIXTURE=/somewhere cargo test -p story-report same_records
//   (or STORY_REPORT_VERIFICATION_FIXTURE, for the report of a judge and its page of one question)
//   npm install playwright-core
//   node tools/browser/report.mjs /somewhere/report.html [folder for screenshots]
//
// CHROMIUM names the browser (default: chromium on the PATH). Exit 1 with a list of what is wrong.

import { chromium } from "playwright-core";
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [page, shots] = process.argv.slice(2);
if (!page) {
  console.error("usage: report.mjs REPORT.html [SCREENSHOTS]");
  process.exit(2);
}
const executablePath =
  process.env.CHROMIUM ?? execFileSync("sh", ["-c", "command -v chromium"]).toString().trim();
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const looks = {
  light: { viewport: { width: 1200, height: 900 } },
  dark: { viewport: { width: 1200, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 380, height: 800 }, hasTouch: true },
  "phone-dark": { viewport: { width: 380, height: 800 }, colorScheme: "dark" },
};
const faults = [];
const expect = (holds, what) => {
  if (!holds) faults.push(what);
};

const browser = await chromium.launch({ executablePath, args: flags });
for (const [look, options] of Object.entries(looks)) {
  const context = await browser.newContext(options);
  const tab = await context.newPage();
  tab.on("console", (message) => faults.push(`${look}: console: ${message.text()}`));
  tab.on("pageerror", (error) => faults.push(`${look}: ${error.message}`));
  tab.on("request", (request) => {
    const scheme = new URL(request.url()).protocol;
    expect(scheme === "file:" || scheme === "data:", `${look}: asks for ${request.url()}`);
  });
  await tab.goto(pathToFileURL(resolve(page)).href);
  const width = await tab.evaluate(() => document.documentElement.scrollWidth);
  expect(width <= options.viewport.width, `${look}: the page is ${width} pixels wide`);
  for (const fault of await tab.evaluate(contrasts)) faults.push(`${look}: ${fault}`);
  if (shots) {
    for (const id of await tab.$$eval("section", (all) => all.map((one) => one.id))) {
      const box = await (await tab.$(`#${id}`)).boundingBox();
      const height = Math.min(box.height, 2400);
      const clip = { x: 0, y: box.y, width: options.viewport.width, height };
      await tab.screenshot({ path: `${shots}/${look}-${id}.png`, clip, fullPage: true });
    }
  }
  await context.close();
}
await keys(await browser.newPage({ viewport: { width: 380, height: 800 } }));
await browser.close();
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? "report: nothing is wrong" : `report: ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);

/** Runs in the page: texts whose contrast with their ground is below 4.5 (WCAG 2.2, 1.4.3). */
function contrasts() {
  const parse = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || element.closest("svg,script,style,[hidden]")) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.add(`contrast ${ratio.toFixed(2)} of <${element.localName} class="${element.className}">`);
  }
  return [...found];
}

/** Everything by keys: skip link, order, visible focus, search, details, boxes, tables that scroll. */
async function keys(tab) {
  tab.on("console", (message) => faults.push(`keys: console: ${message.text()}`));
  await tab.goto(pathToFileURL(resolve(page)).href);
  const focused = (ask) => tab.evaluate(ask);
  await tab.keyboard.press("Tab");
  expect(await focused(() => document.activeElement.className === "skip"), "keys: the skip link is not first");
  const skip = await (await tab.$(".skip")).boundingBox();
  expect(skip.x >= 0, "keys: the skip link is not visible in focus");
  await tab.keyboard.press("Enter");
  expect(await focused(() => document.activeElement.id === "content"), "keys: the skip link does not lead to the content");

  const seen = new Set();
  for (let at = 0; at < 400; at += 1) {
    await tab.keyboard.press("Tab");
    const here = await focused(() => {
      const it = document.activeElement;
      if (it === document.body) return null;
      const style = getComputedStyle(it);
      const named = it.getAttribute("aria-label") || it.textContent.trim() || it.labels?.length;
      return {
        what: `${it.localName}#${it.id}.${it.className}`,
        outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        named: Boolean(named),
      };
    });
    if (!here) break;
    expect(here.outline, `keys: no visible focus on ${here.what}`);
    expect(here.named, `keys: ${here.what} has no name`);
    seen.add(here.what);
  }
  const reached = (part) => [...seen].some((what) => what.includes(part));
  for (const part of ["summary", ".scroll", ".frame"]) {
    if (await tab.$(part)) expect(reached(part), `keys: no ${part} is reached`);
  }

  const table = ".scroll[tabindex]";
  await tab.focus(table);
  await tab.keyboard.press("ArrowRight");
  await tab.waitForTimeout(300);
  expect((await tab.$eval(table, (box) => box.scrollLeft)) > 0, "keys: a wide table does not scroll");
  if (await tab.$("summary")) {
    await tab.focus("summary");
    await tab.keyboard.press("Enter");
    expect(await focused(() => document.activeElement.parentElement.open), "keys: details do not open");
  }

  const phrase = await tab.$('.example .phrase:not([data-boxes=""])');
  if (phrase) {
    await phrase.focus();
    const lit = await phrase.evaluate((it) => {
      const boxes = [...it.closest(".example").querySelectorAll("[data-box]")];
      const wanted = it.dataset.boxes.split(" ");
      return boxes.every((box) => box.classList.contains("lit") === wanted.includes(box.dataset.box));
    });
    expect(lit, "keys: a phrase in focus does not show its boxes alone");
  }

  if (!(await tab.$("#filter"))) return;
  expect(reached("#story-id"), "keys: the search field is not reached");
  await tab.keyboard.press("/");
  expect(await focused(() => document.activeElement.id === "story-id"), "keys: / does not lead to the search");
  const wanted = await tab.$eval("[data-story]", (card) => card.dataset.story);
  await tab.keyboard.type(wanted);
  const shown = await tab.$$eval("[data-story]", (all) =>
    all.filter((card) => card.checkVisibility()).map((card) => card.dataset.story),
  );
  expect(shown.length > 0, "keys: the search finds nothing");
  expect(shown.every((story) => story.includes(wanted)), "keys: the search shows other stories");
  await tab.keyboard.press("Enter");
  expect(await focused(() => document.activeElement.matches(".story")), "keys: Enter does not lead to the story");
  await tab.fill("#story-id", "no such story");
  const said = await tab.$eval("output", (output) => output.textContent);
  expect(said.startsWith("0 of"), "keys: the count is not told");
  if (!(await tab.$("#toggle-boxes"))) return;
  await tab.fill("#story-id", "");
  await tab.focus("#toggle-boxes");
  await tab.keyboard.press("Space");
  expect(!(await tab.isVisible(".boxes")), "keys: boxes are not hidden");
  await tab.keyboard.press("Space");
  expect(await tab.isVisible(".boxes"), "keys: boxes do not come back");
}
