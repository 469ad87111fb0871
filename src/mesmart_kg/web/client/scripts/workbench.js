/**
 * The SPARQL workbench: it enhances the form of /sparql and of the pages of named queries, which work without.
 *
 * An editor takes the place of the text field; a query is answered without leaving the page, and can be stopped;
 * the answer is shown as a table, a chart, a map, as it was sent. The page brings all words (`data-workbench`).
 */

import { Problem, ask } from "./workbench/ask.js";
import { allowPrefixes, declaring, makeSource } from "./workbench/completion.js";
import { makeEditor } from "./workbench/editor.js";
import { makeExamples } from "./workbench/examples.js";
import { clone, makeResult } from "./workbench/result.js";
import { searcher, suggestInFields } from "./workbench/suggestions.js";
import { shower } from "./workbench/terms.js";
import { speaker } from "./workbench/words.js";

const root = document.getElementById("workbench");
if (root) start(root);

/** @param {HTMLElement} root */
function start(root) {
  const settings = JSON.parse(root.dataset.workbench);
  const { say, seconds } = speaker(settings.words, settings.language);
  const form = document.getElementById("ask");
  const [field, cancel, progress, elapsed, status, shown] = ["query", "cancel", "progress", "elapsed", "status", "shown"].map(
    (id) => document.getElementById(id),
  );
  let vocabulary;
  const loadVocabulary = () => {
    vocabulary ??= fetch(settings.completion)
      .then((response) => response.json())
      .then((loaded) => (allowPrefixes(loaded.prefixes), loaded));
    vocabulary.catch(() => (vocabulary = undefined));
    return vocabulary;
  };
  const search = searcher(settings.suggest, settings.places, settings.language);
  suggestInFields(search);
  const editor = makeEditor(field, {
    label: say("editor"),
    phrases: settings.phrases,
    run: () => form.requestSubmit(),
    source: makeSource(loadVocabulary, { say, language: settings.language, search }),
    declare: declaring,
  });
  document.getElementById("keys").hidden = false;
  /** @type {AbortController | null} */
  let running = null;

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run({ keepsAddress: false });
  });
  cancel.addEventListener("click", () => running?.abort());
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && running && !event.defaultPrevented) running.abort();
  });
  addEventListener("popstate", () => {
    const query = new URLSearchParams(location.search).get("query");
    if (query && location.pathname === settings.answer) {
      editor.text = query;
      run({ keepsAddress: true });
    }
  });
  editor.view.contentDOM.addEventListener("focus", loadVocabulary, { once: true });
  makeExamples(document.getElementById("example") ?? document.createElement("div"), (text, title) => {
    editor.text = text;
    status.textContent = say("loaded", { title });
    root.scrollIntoView({ block: "start" });
    editor.focus();
  });
  markServersFault();
  if ("autostart" in root.dataset) run({ keepsAddress: true });

  /** Ask what the editor holds. One question at a time: a new one ends the one before. */
  async function run({ keepsAddress }) {
    running?.abort();
    const stop = (running = new AbortController());
    const query = editor.text;
    const begun = performance.now();
    const ms = () => performance.now() - begun;
    editor.unmark();
    setBusy(true);
    status.className = "";
    status.textContent = say("asking");
    const clock = setInterval(() => (elapsed.textContent = say("seconds", { seconds: seconds(ms()) })), 100);
    try {
      const answer = await ask(settings.ask, query, stop.signal);
      const terms = shower(settings.places, settings.language, await prefixesOf(loadVocabulary));
      const address = keepsAddress ? addressOf(query) : showAddress(query);
      const { section, told } = makeResult(answer, { query, ms: ms(), settings, say, seconds, terms, address });
      document.getElementById("problem")?.remove();
      shown.replaceChildren(section);
      document.getElementById("answer")?.remove();
      status.textContent = told;
      status.className = "visually-hidden"; // the answer itself shows the same words
    } catch (error) {
      if (running !== stop) return; // another question took its place, and says how it goes
      if (error.name === "AbortError") status.textContent = say("stopped", { seconds: seconds(ms()) });
      else if (error instanceof Problem) showFault(error.document);
      else showFault({ title: say("unreachable"), detail: "" });
    } finally {
      clearInterval(clock);
      if (running === stop) {
        running = null;
        setBusy(false);
      }
    }
  }

  /** @param {boolean} isBusy */
  function setBusy(isBusy) {
    // Who stands on the button that goes is brought back to the editor.
    if (!isBusy && document.activeElement === cancel) editor.focus();
    progress.hidden = cancel.hidden = !isBusy;
    shown.setAttribute("aria-busy", String(isBusy));
    if (!isBusy) elapsed.textContent = "";
  }

  /** The address at which anybody gets this answer; null where it would be too long. @param {string} query */
  function addressOf(query) {
    const address = `${settings.answer}?${new URLSearchParams({ query })}`;
    return address.length <= settings.longest ? address : null;
  }

  /** @param {string} query */
  function showAddress(query) {
    const address = addressOf(query);
    const language = new URLSearchParams(location.search).get("lang");
    const kept = address && language ? `${address}&lang=${encodeURIComponent(language)}` : address;
    if (location.pathname === settings.answer && kept && kept !== location.pathname + location.search) {
      history.pushState(null, "", kept);
    }
    return address;
  }

  /** @param {Record<string, any>} problem */
  function showFault(problem) {
    status.textContent = "";
    document.getElementById("problem")?.remove();
    const box = clone("fault-parts");
    box.id = "problem";
    const part = (name) => box.querySelector(`[data-part="${name}"]`);
    part("title").textContent = problem.title ?? "";
    part("detail").textContent = problem.detail ?? "";
    part("remedy").textContent = problem.remedy ?? "";
    const hasPlace = problem.line !== undefined;
    part("place").hidden = !hasPlace;
    part("go").hidden = !hasPlace;
    part("correct").hidden = !problem.corrected;
    if (hasPlace) {
      const before = Math.max(0, problem.marker?.indexOf("^") ?? 0);
      // The marker counts code points, as the server does.
      const line = [...(problem.source ?? "")];
      const word = [...(problem.word ?? "")];
      part("before").textContent = line.slice(0, before).join("");
      box.querySelector("mark").textContent = word.join("") || "\u00a0";
      part("after").textContent = line.slice(before + word.length).join("");
      const message = [problem.detail, problem.remedy].filter(Boolean).join(" ");
      const place = editor.mark({ line: problem.line, column: problem.column, word: problem.word, message });
      part("go").addEventListener("click", () => editor.goTo(place));
    }
    part("correct").addEventListener("click", () => {
      editor.text = problem.corrected;
      editor.focus();
      form.requestSubmit();
    });
    shown.replaceChildren(box);
    document.getElementById("answer")?.remove();
  }

  /** Mark in the editor what the page, made by the server, already says is wrong. */
  function markServersFault() {
    const { line, column, word } = document.getElementById("problem")?.dataset ?? {};
    if (!line) return;
    const message = document.querySelector("#problem p").textContent;
    editor.mark({ line: Number(line), column: Number(column), word, message });
  }
}

async function prefixesOf(load) {
  return load().then(
    ({ prefixes }) => prefixes,
    () => ({}),
  );
}
