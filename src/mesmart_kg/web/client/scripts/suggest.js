/**
 * Suggestions while one types in a search box: a combobox with a list, as WAI-ARIA 1.2 describes it (editable,
 * list autocomplete, manual selection). Without script the form searches as it is.
 *
 * The words stand in the page: <template id="suggest-words" data-url data-label data-none data-one data-many>.
 */

const words = document.getElementById("suggest-words")?.dataset;
const PAUSE = 120; // ms after the last key before asking
let boxes = 0;

/** @param {string} tag @param {Record<string, string>} attributes @param {string} [text] */
function make(tag, attributes, text) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
}

/** @param {HTMLInputElement} input */
function attach(input) {
  const id = `suggestions-${++boxes}`;
  const list = make("ul", { role: "listbox", id, class: "suggestions", "aria-label": words.label, hidden: "" });
  const status = make("div", { role: "status", "aria-live": "polite", class: "visually-hidden" });
  const frame = make("div", { class: "suggestions-frame" });
  input.type = "text"; // of a searchbox no role but its own is allowed
  for (const [name, value] of Object.entries({
    role: "combobox",
    enterkeyhint: "search",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": id,
  }))
    input.setAttribute(name, value);
  input.after(frame);
  frame.append(list, status);

  /** @type {AbortController | undefined} */ let asking;
  /** @type {number | undefined} */ let waiting;
  let shown = "";

  const options = () => [...list.children];
  const active = () => options().find((each) => each.getAttribute("aria-selected") === "true");

  function close() {
    clearTimeout(waiting);
    asking?.abort();
    list.hidden = true;
    list.replaceChildren();
    shown = "";
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  /** @param {Element | undefined} option */
  function choose(option) {
    for (const each of options()) each.setAttribute("aria-selected", String(each === option));
    if (!option) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  /** @param {Element} option */
  function open(option) {
    const address = new URL(option.getAttribute("data-url"), location.href);
    if (/^https?:$/.test(address.protocol)) location.assign(address);
  }

  /** @param {string} text */
  async function ask(text) {
    asking?.abort();
    asking = new AbortController();
    const query = new URLSearchParams({ q: text, lang: document.documentElement.lang });
    try {
      const answer = await fetch(`${words.url}?${query}`, { signal: asking.signal });
      if (!answer.ok) return close();
      const [, names, notes, addresses] = await answer.json();
      if (document.activeElement === input) show(text, names, notes, addresses);
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  function show(text, names, notes, addresses) {
    choose(undefined);
    list.replaceChildren(
      ...names.map((name, place) => {
        const option = make("li", { role: "option", id: `${id}-${place}`, "aria-selected": "false", "data-url": addresses[place] });
        option.append(make("span", { class: "suggested", dir: "auto" }, name), " ", make("small", { dir: "auto" }, notes[place]));
        return option;
      }),
    );
    shown = text;
    list.hidden = names.length === 0;
    input.setAttribute("aria-expanded", String(names.length > 0));
    const count = names.length;
    status.textContent = count === 0 ? words.none : count === 1 ? words.one : words.many.replace("{count}", String(count));
  }

  function look() {
    clearTimeout(waiting);
    const text = input.value.trim();
    if (text.length < 2) return close();
    if (text !== shown) waiting = setTimeout(() => ask(text), PAUSE);
  }

  /** @param {number} step */
  function move(step) {
    const all = options();
    if (!all.length) return look();
    // Before the first and after the last comes the box itself.
    const place = active() ? all.indexOf(active()) : step > 0 ? -1 : all.length;
    choose(all[place + step]);
  }

  input.addEventListener("input", look);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && active()) {
      event.preventDefault();
      open(active());
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  // The box keeps the focus while an option is pressed.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", ({ target }) => {
    const option = target instanceof Element && target.closest('[role="option"]');
    if (option) open(option);
  });
}

if (words) for (const input of document.querySelectorAll('form[role="search"] input[name="q"]')) attach(input);
