/** The rows of an answer: sorted by a heading, turned leaf by leaf. */

import { comparer } from "./terms.js";

const LEAF_ROWS = 100;

/**
 * @param {HTMLElement} panel  holds the table and what turns its leaves
 * @param {import("./ask.js").Answer & {kind: "table"}} answer
 * @param {{show: (term: import("./ask.js").Term, words: string) => Node, say: Function, language: string,
 *   cutWords: string}} tools
 */
export function showTable(panel, answer, { show, say, language, cutWords }) {
  const head = panel.querySelector("thead tr");
  const body = panel.querySelector("tbody");
  const turning = panel.querySelector('[data-part="turn"]');
  const told = panel.querySelector('[data-part="leaf"]');
  const buttons = [...turning.querySelectorAll("[data-turn]")];
  const last = Math.max(0, Math.ceil(answer.rows.length / LEAF_ROWS) - 1);
  const compare = comparer(new Intl.Collator(language, { numeric: true }));
  let rows = answer.rows;
  let leaf = 0;
  /** @type {{name: string, down: boolean} | null} */
  let order = null;

  for (const name of answer.variables) {
    const cell = document.createElement("th");
    cell.scope = "col";
    const button = document.createElement("button");
    button.type = "button";
    button.title = say("sort", { name });
    const isolated = document.createElement("bdi");
    isolated.textContent = name;
    button.append(isolated);
    button.addEventListener("click", () => sort(name, cell));
    cell.append(button);
    head.append(cell);
  }
  turning.hidden = last === 0;
  for (const button of buttons) {
    button.addEventListener("click", () => {
      leaf += Number(button.dataset.turn);
      fill();
      panel.querySelector(".scroll").scrollTop = 0;
    });
  }
  fill();

  /** @param {string} name @param {HTMLElement} cell */
  function sort(name, cell) {
    order = { name, down: order?.name === name && !order.down };
    for (const each of head.children) each.removeAttribute("aria-sort");
    cell.setAttribute("aria-sort", order.down ? "descending" : "ascending");
    const sign = order.down ? -1 : 1;
    // What has no value stays at the end, whichever way the rest goes.
    rows = [...answer.rows].sort((one, other) =>
      one[name] && other[name] ? sign * compare(one[name], other[name]) : compare(one[name], other[name]),
    );
    leaf = 0;
    fill();
  }

  function fill() {
    const first = leaf * LEAF_ROWS;
    const shown = rows.slice(first, first + LEAF_ROWS);
    body.replaceChildren(
      ...shown.map((row) => {
        const line = document.createElement("tr");
        for (const name of answer.variables) {
          const cell = line.insertCell();
          if (row[name]) cell.append(show(row[name], cutWords));
        }
        return line;
      }),
    );
    told.textContent = say("leaf", { first: first + 1, last: first + shown.length, count: rows.length });
    for (const button of buttons) {
      const to = leaf + Number(button.dataset.turn);
      button.disabled = to < 0 || to > last;
    }
  }
}
