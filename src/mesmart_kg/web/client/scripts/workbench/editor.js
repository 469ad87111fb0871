/**
 * The editor in the place of the text field: colours, brackets, undo, search, completion, the place of an error.
 *
 * It stands in a shadow root, where CodeMirror's styles are constructed sheets: the page's policy forbids all
 * others, and no nonce is needed. Tab is left alone, so that it always leads out of the editor.
 */

import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { sparql } from "@codemirror/legacy-modes/mode/sparql";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "#8a1a6e", fontWeight: "600" },
  { tag: tags.comment, color: "#5a6772", fontStyle: "italic" },
  { tag: [tags.string, tags.special(tags.string)], color: "#0a6b2f" },
  { tag: tags.atom, color: "#7a4300" },
  { tag: [tags.variableName, tags.local(tags.variableName)], color: "#0059b3" },
  { tag: [tags.number, tags.bool, tags.literal], color: "#a03000" },
  { tag: tags.meta, color: "#5c3d99" },
  { tag: tags.standard(tags.variableName), color: "#5c3d99" },
]);

const THEME = EditorView.theme({
  "&": { color: "#17324d", backgroundColor: "#fff", border: "1px solid #5d7083", borderRadius: "4px" },
  "&.cm-focused": { outline: "3px solid #b34d00", outlineOffset: "2px" },
  ".cm-scroller": {
    fontFamily: 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", monospace',
    fontSize: "0.95rem",
    lineHeight: "1.5",
    minHeight: "14rem",
    maxHeight: "36rem",
  },
  ".cm-content": { paddingBlock: "0.5rem" },
  ".cm-gutters": { backgroundColor: "#f2f7fc", color: "#4c6072", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "#eef4fb" },
  ".cm-tooltip": { backgroundColor: "#fff", border: "1px solid #5d7083", maxWidth: "min(36rem, 90vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "0.25rem 0.5rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "#0059b3", color: "#fff" },
  ".cm-completionDetail": { fontStyle: "normal", opacity: "1", color: "#4c6072" },
  "li[aria-selected] .cm-completionDetail": { color: "#fff" },
  ".cm-completionInfo": { padding: "0.5rem", fontFamily: "inherit" },
  ".cm-panels": { backgroundColor: "#f2f7fc", color: "#17324d" },
  ".cm-panel button, .cm-panel input": { fontSize: "0.9rem" },
  ".cm-panel.cm-search label": { fontSize: "0.9rem" },
  ".cm-diagnostic": { padding: "0.4rem 0.6rem", fontFamily: "inherit" },
});

/**
 * Over a selection, write what is typed without the browser's help: Chromium would keep the colours of the text
 * that goes by a style attribute, which the page's policy forbids and the console reports.
 */
const TYPING_OVER = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main } = view.state.selection;
    if (event.inputType !== "insertText" || event.isComposing || !event.data || main.empty) return false;
    const insert = () =>
      view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some((handle) => handle(view, main.from, main.to, event.data, insert))) view.dispatch(insert());
    return true;
  },
});

/**
 * Put an editor in the place of a text field, which from then on holds the same text.
 * @param {HTMLTextAreaElement} field
 * @param {{label: string, phrases: Record<string, string>, run: () => void, source: Function,
 *   declare: import("@codemirror/state").Extension}} given
 */
export function makeEditor(field, { label, phrases, run, source, declare }) {
  const host = document.createElement("div");
  host.className = "editor";
  const root = host.attachShadow({ mode: "open" });
  field.after(host);
  field.hidden = true;

  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: field.value,
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: (view) => (closeCompletion(view), run(), true) }])),
        lineNumbers(),
        highlightSpecialChars(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        StreamLanguage.define(sparql),
        syntaxHighlighting(COLOURS),
        indentUnit.of("  "),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ override: [source], icons: false, maxRenderedOptions: 60 }),
        search({ top: true }),
        highlightSelectionMatches(),
        lintGutter(),
        declare,
        TYPING_OVER,
        keymap.of([
          ...closeBracketsKeymap,
          ...completionKeymap,
          { key: "Tab", run: acceptCompletion },
          ...searchKeymap,
          ...historyKeymap,
          ...lintKeymap,
          ...defaultKeymap,
        ]),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0", autocapitalize: "off", spellcheck: "false" }),
        EditorState.phrases.of(phrases),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) field.value = view.state.doc.toString();
        }),
        THEME,
      ],
    }),
  });

  for (const each of field.labels) each.addEventListener("click", () => view.focus());

  /** @param {number} line @param {number} column  both from one; columns count code points */
  function placeOf(line, column) {
    const found = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
    const before = [...found.text].slice(0, column - 1).join("");
    return Math.min(found.from + before.length, found.to);
  }

  return {
    view,
    get text() {
      return view.state.doc.toString();
    },
    set text(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } });
    },
    focus: () => view.focus(),
    /**
     * Mark a place as wrong.
     * @param {{line: number, column: number, word?: string, message: string}} fault
     */
    mark({ line, column, word, message }) {
      const length = view.state.doc.length;
      let from = placeOf(line, column);
      const to = Math.min(from + Math.max((word ?? "").length, 1), length);
      if (from === length && from > 0) from -= 1;
      view.dispatch(setDiagnostics(view.state, [{ from, to, severity: "error", message }]));
      return from;
    },
    unmark: () => view.dispatch(setDiagnostics(view.state, [])),
    /** @param {number} place */
    goTo(place) {
      view.dispatch({ selection: { anchor: place }, scrollIntoView: true });
      view.focus();
    },
  };
}
