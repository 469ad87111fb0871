/** An answer on the page: what is said of it, and the ways to look at it and to take it along. */

import { askAs, askWhy } from "./ask.js";
import { showTable } from "./table.js";
import { makeTabs } from "./tabs.js";
import { isNumber, isTime } from "./terms.js";

/** Characters of what was sent that are shown as it was. */
const MOST_RAW = 200_000;

/**
 * Make the section of an answer.
 * @param {import("./ask.js").Answer} answer
 * @param {{query: string, ms: number, settings: any, say: Function, seconds: Function, terms: any,
 *   address: string | null}} given
 * @returns {{section: HTMLElement, told: string}}
 */
export function makeResult(answer, given) {
  const { query, settings, say, terms } = given;
  const section = clone("result-parts");
  const part = (name) => section.querySelector(`[data-part="${name}"]`);
  const told = tell(answer, given);
  part("told").textContent = told;
  if (answer.isCut) {
    const words = answer.kind === "graph" ? say("cut_graph") : say("cut", { count: answer.rows.length });
    part("told").append(" ", words);
  }

  const isEmpty = answer.kind === "table" && !answer.rows.length;
  const hasRows = answer.kind === "table" && !isEmpty;
  const numbers = hasRows ? answer.variables.filter((name) => answer.rows.some((row) => isNumber(row[name]))) : [];
  const views = [
    ...(hasRows ? ["table"] : []),
    ...(hasRows ? ["chart"] : []),
    ...(hasRows && hasPlaces(answer) ? ["map"] : []),
    "raw",
    "take",
    "programs",
  ];
  const done = new Set();
  const tabs = makeTabs(section.querySelector('[role="tablist"]'), (view) => {
    if (done.has(view)) return;
    done.add(view);
    if (view === "chart") prepareChart(section, answer, numbers, given);
    if (view === "map") prepareMap(section, given);
    if (view === "raw") part("raw").textContent = rawOf(answer.text);
    if (view === "take") prepareTaking(section, answer, given);
    if (view === "programs") preparePrograms(part("programs"), query, settings, say);
  });
  tabs.offer(views);
  if (hasRows) {
    const tools = { show: terms.show, say, language: settings.language, cutWords: say("cut_cell") };
    showTable(section.querySelector('[data-panel="table"]'), answer, tools);
  }
  tabs.choose(views[0]);
  if (isEmpty || (answer.kind === "truth" && !answer.value)) prepareWhy(section, query, settings);
  return { section, told };
}

/** @param {string} id  of a template with one element */
export function clone(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

function tell(answer, { say, seconds, ms }) {
  const took = { seconds: seconds(ms) };
  switch (answer.kind) {
    case "truth":
      return `${say(answer.value ? "yes" : "no")}. ${say("truth", took)}`;
    case "graph":
      return say("graph", { ...took, count: answer.text.split("\n").length - 1 });
    default: {
      const count = answer.rows.length;
      return count ? say(count === 1 ? "rows_one" : "rows", { ...took, count }) : say("none", took);
    }
  }
}

function hasPlaces({ rows, variables }) {
  const isPlace = (term) => /#(wktLiteral|geoJSONLiteral)$/.test(term?.datatype ?? "");
  return rows.some((row) => variables.some((name) => isPlace(row[name])));
}

function rawOf(text) {
  return text.length > MOST_RAW ? `${text.slice(0, MOST_RAW)}…` : text;
}

function prepareChart(section, { rows, variables }, numbers, { say }) {
  const part = (name) => section.querySelector(`[data-part="${name}"]`);
  const [kind, label, value] = ["kind", "label", "value"].map((name) => section.querySelector(`#chart-${name}`));
  const told = part("chart-told");
  if (!numbers.length) {
    told.textContent = say("no_numbers");
    section.querySelector(".choices").hidden = true;
    part("drawing").hidden = true;
    return;
  }
  label.append(...variables.map((name) => new Option(name, name)));
  value.append(...numbers.map((name) => new Option(name, name)));
  // The words that name a row stand in a text; its IRI is the worst name.
  const isWord = (term) => term?.type === "literal" && !isNumber(term);
  label.value = variables.find((name) => rows.some((row) => isWord(row[name]))) ?? variables[0];
  const times = variables.find((name) => rows.some((row) => isTime(row[name])));
  if (times) [label.value, kind.value] = [times, "line"];
  value.value = numbers.find((name) => name !== label.value) ?? numbers[0];

  async function draw() {
    const { drawChart } = await import("./chart.js");
    const items = rows
      .filter((row) => isNumber(row[value.value]))
      .map((row) => ({ name: row[label.value]?.value.slice(0, 200) ?? "", value: Number(row[value.value].value) }));
    const title = say("chart_of", { value: value.value, label: label.value });
    const shown = drawChart(part("drawing"), { kind: kind.value, items, title });
    told.textContent = shown < items.length ? say("chart_cut", { count: shown }) : "";
  }
  for (const choice of [kind, label, value]) choice.addEventListener("change", draw);
  draw();
}

async function prepareMap(section, { query, settings, say, terms }) {
  const part = (name) => section.querySelector(`[data-part="${name}"]`);
  try {
    const [{ drawMap }, collection] = await Promise.all([
      import("./places.js"),
      askAs(settings.ask, query, "geojson"),
      loadStyles(part("map").dataset.styles),
    ]);
    const count = drawMap(part("map"), collection, { address: terms.address, words: part("map").dataset });
    part("map-told").textContent = count ? say("points", { count }) : say("no_places");
  } catch (error) {
    part("map-told").textContent = error.document?.detail ?? say("unreachable");
  }
}

/** Add a style sheet to the page, once. @param {string} address */
function loadStyles(address) {
  if (!address || document.querySelector(`link[href="${CSS.escape(address)}"]`)) return Promise.resolve();
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = address;
  return new Promise((resolve) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", resolve);
    document.head.append(link);
  });
}

function prepareTaking(section, answer, { query, settings, say, address }) {
  const part = (name) => section.querySelector(`[data-part="${name}"]`);
  const isPlaced = answer.kind === "table" && hasPlaces(answer);
  const table = answer.kind === "truth" ? settings.tables.slice(0, 4) : settings.tables;
  const formats = answer.kind === "graph" ? settings.graphs : [...table, ...(isPlaced ? settings.maps : [])];
  part("downloads").append(
    ...formats.map(({ name, label }) => {
      const item = document.createElement("li");
      item.append(address ? downloadLink(settings.answer, query, name, label) : downloadForm(settings.answer, query, name, label));
      return item;
    }),
  );
  const field = part("address");
  const copying = field.closest(".copying");
  copying.hidden = !address;
  part("address-told").textContent = address ? "" : say("too_long");
  if (address) field.value = new URL(address, location.href).href;
  copying.querySelector("button").addEventListener("click", () => copy(field.value, part("address-told"), say));
}

function downloadLink(address, query, format, label) {
  const link = document.createElement("a");
  link.href = `${address}?${new URLSearchParams({ query, format })}`;
  link.textContent = label;
  return link;
}

/** A query too long for an address is sent by a form. */
function downloadForm(address, query, format, label) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = address;
  for (const [name, value] of Object.entries({ query, format })) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  const button = document.createElement("button");
  button.className = "btn btn-link";
  button.textContent = label;
  form.append(button);
  return form;
}

async function preparePrograms(panel, query, settings, say) {
  const response = await fetch(settings.snippets, { method: "POST", body: query, headers: { "Content-Type": "text/plain" } });
  if (!response.ok) return;
  for (const { name, text } of await response.json()) {
    const each = clone("program-parts");
    each.querySelector("h3").textContent = name;
    each.querySelector("[role=region]").setAttribute("aria-label", name);
    each.querySelector("code").textContent = text;
    const told = document.createElement("span");
    told.setAttribute("role", "status");
    const button = each.querySelector("button");
    button.setAttribute("aria-label", `${button.textContent}: ${name}`);
    button.addEventListener("click", () => copy(text, told, say));
    button.after(" ", told);
    panel.append(each);
  }
}

async function copy(text, told, say) {
  told.setAttribute("role", "status");
  try {
    await navigator.clipboard.writeText(text);
    told.textContent = say("copied");
  } catch {
    told.textContent = say("not_copied");
  }
}

function prepareWhy(section, query, settings) {
  const part = (name) => section.querySelector(`[data-part="${name}"]`);
  part("emptiness").hidden = false;
  part("ask-why").addEventListener("click", async ({ target }) => {
    target.disabled = true;
    const found = await askWhy(settings.ask, query).catch((error) => ({ words: error.message, hints: [], pieces: [] }));
    const paragraph = (text) => Object.assign(document.createElement("p"), { textContent: text });
    const list = document.createElement("ul");
    list.className = "pieces";
    for (const piece of found.pieces) {
      const item = document.createElement("li");
      item.append(Object.assign(document.createElement("code"), { textContent: piece.text }));
      list.append(item);
    }
    part("why").replaceChildren(paragraph(found.words), ...(found.pieces.length ? [list] : []), ...found.hints.map(paragraph));
    target.hidden = true;
  });
}
