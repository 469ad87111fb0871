/**
 * What can be written next: variables of the query, prefixes, words of SPARQL, classes and properties that the
 * data use (by their names in either language, too), and single things by their names.
 */

import { pickedCompletion } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { declare, readPrologue, readTokens, tokenAt } from "./tokens.js";

const KEYWORDS = (
  "SELECT ASK CONSTRUCT DESCRIBE WHERE PREFIX BASE DISTINCT REDUCED FROM NAMED FILTER OPTIONAL UNION MINUS GRAPH " +
  "VALUES BIND AS GROUP BY HAVING ORDER ASC DESC LIMIT OFFSET EXISTS NOT IN UNDEF a true false"
).split(" ");
const FUNCTIONS = (
  "COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT STR LANG LANGMATCHES DATATYPE BOUND IRI COALESCE IF STRLEN SUBSTR UCASE " +
  "LCASE STRSTARTS STRENDS CONTAINS STRBEFORE STRAFTER CONCAT REPLACE REGEX ABS ROUND CEIL FLOOR YEAR MONTH DAY NOW " +
  "isIRI isLITERAL isBLANK isNUMERIC sameTerm ENCODE_FOR_URI STRDT STRLANG"
).split(" ");
const FEWEST_LETTERS = 3;

/**
 * @typedef {{name?: string, iri: string, count: number, label?: Record<string, string>}} Known
 * @typedef {{base: string, prefixes: Record<string, string>, classes: Known[], properties: Known[]}} Vocabulary
 */

/**
 * Make the source of completions.
 * @param {() => Promise<Vocabulary>} load  is called when something is completed for the first time
 * @param {{say: Function, language: string, search: ReturnType<typeof import("./suggestions.js").searcher>}} given
 */
export function makeSource(load, { say, language, search }) {
  /** @type {Vocabulary | undefined} */
  let vocabulary;

  /** @param {import("@codemirror/autocomplete").CompletionContext} context */
  return async function complete(context) {
    const text = context.state.doc.toString();
    const tokens = readTokens(text);
    const here = tokenAt(tokens, context.pos);
    const kind = here?.token.kind ?? "none";
    if (["comment", "long", "string", "tag"].includes(kind)) return null;
    if (["none", "other"].includes(kind) && !context.explicit) return null;
    const from = here && kind !== "other" ? here.token.from : context.pos;
    const written = text.slice(from, context.pos);
    if (kind === "variable") {
      const options = variables(tokens, from, say);
      return options.length ? { from, options, validFor: /^[?$][\p{L}\p{N}_]*$/u } : null;
    }
    vocabulary ??= await load().catch(() => undefined);
    if (context.aborted || !vocabulary) return null;
    if (kind === "open" || kind === "iri") {
      const options = await things(search, written.slice(1), say, context);
      return { from, options, filter: false };
    }
    if (here && /^prefix$/i.test(here.before?.text ?? "")) return { from, options: declarations(vocabulary) };
    const isClass = /^a$/.test((kind === "none" || kind === "other" ? here?.token : here?.before)?.text ?? "");
    const options = [
      ...terms(vocabulary.classes, say("kind_class"), language, isClass ? 40 : 5),
      ...(isClass ? [] : terms(vocabulary.properties, say("kind_property"), language, 20)),
    ];
    if (kind === "name") return { from, options, validFor: /^[\p{L}\p{N}_.:-]*$/u };
    options.push(...KEYWORDS.map((label) => ({ label, type: "keyword" })));
    options.push(...FUNCTIONS.map((label) => ({ label, type: "function", apply: `${label}(` })));
    options.push(...prefixes(vocabulary, say));
    if (written.length >= FEWEST_LETTERS) {
      options.push(...(await things(search, written, say, context)));
    }
    return context.aborted ? null : { from, options, validFor: /^[\p{L}_-]{0,2}$/u };
  };
}

/** @param {import("./tokens.js").Token[]} tokens @param {number} except  where the present one begins */
function variables(tokens, except, say) {
  const names = new Set(tokens.filter((t) => t.kind === "variable" && t.from !== except && t.text.length > 1).map((t) => t.text));
  return [...names].sort().map((label) => ({ label, type: "variable", detail: say("variable") }));
}

/**
 * Classes or properties, each by its prefixed name and by its names in words: “membro” finds org:member.
 * @param {Known[]} known  the most used first
 */
function terms(known, kind, language, boost) {
  return known.flatMap(({ name, label = {} }, at) => {
    if (!name) return [];
    const apply = (view, completion, from, to) => insert(view, completion, from, to, name, declarable);
    const option = { apply, boost: boost - at / 100 };
    const words = label[language];
    return [
      { ...option, label: name, detail: [words, kind].filter(Boolean).join(" · ") },
      ...[...new Set(Object.values(label))].map((each) => ({ ...option, label: each, detail: name, boost: option.boost - 1 })),
    ];
  });
}

function prefixes({ prefixes }, say) {
  return Object.entries(prefixes).map(([name, namespace]) => ({
    label: `${name}:`,
    detail: say("prefix"),
    boost: -5,
    apply: (view, completion, from, to) => insert(view, completion, from, to, `${name}:`, prefixes),
  }));
}

function declarations({ prefixes }) {
  return Object.entries(prefixes).map(([name, namespace]) => ({
    label: `${name}:`,
    detail: namespace,
    type: "namespace",
    apply: `${name}: <${namespace}>\n`,
  }));
}

/** @type {Record<string, string>} */
let declarable = {};

/** Tell which prefixes may be declared by themselves. @param {Record<string, string>} prefixes */
export function allowPrefixes(prefixes) {
  declarable = prefixes;
}

/** Write a name, and the declaration of its prefix if there is none. */
function insert(view, completion, from, to, name, namespaces) {
  const prefix = name.slice(0, name.indexOf(":"));
  const text = view.state.doc.toString();
  const line = namespaces[prefix] ? declare(text.slice(0, from) + text.slice(to), prefix, namespaces[prefix]) : null;
  const changes = view.state.changes([{ from, to, insert: name }, ...(line ? [line] : [])]);
  const end = changes.mapPos(to, 1);
  view.dispatch({
    changes,
    selection: { anchor: end },
    annotations: pickedCompletion.of(completion),
    userEvent: "input.complete",
  });
}

/**
 * Declare a known prefix by itself when its colon is typed.
 */
export const declaring = EditorState.transactionFilter.of((transaction) => {
  if (!transaction.docChanged || !transaction.isUserEvent("input.type")) return transaction;
  const place = transaction.newSelection.main.head;
  const text = transaction.newDoc.toString();
  if (text[place - 1] !== ":") return transaction;
  const tokens = readTokens(text);
  const here = tokenAt(tokens, place);
  if (here?.token.kind !== "name" || here.token.to !== place || /^prefix$/i.test(here.before?.text ?? "")) return transaction;
  const prefix = here.token.text.slice(0, -1);
  const namespace = declarable[prefix];
  if (!namespace || readPrologue(tokens).declared.has(prefix)) return transaction;
  const line = declare(text, prefix, namespace);
  return line && line.from <= here.token.from ? [transaction, { changes: line, sequential: true }] : transaction;
});

/** Things whose names begin like this, from the site's search. */
async function things(search, words, say, context) {
  const wanted = words.trim();
  if (wanted.length < FEWEST_LETTERS || /[:/]/.test(wanted)) return [];
  const stop = new AbortController();
  context.addEventListener("abort", () => stop.abort(), { onDocChange: true });
  const found = await search(wanted, stop.signal);
  return found.map(({ iri, name, detail }) => ({
    label: name,
    detail: detail || say("kind_thing"),
    type: "constant",
    boost: -2,
    apply: `<${iri}>`,
  }));
}
