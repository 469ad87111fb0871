/**
 * Asking the server: a query in, an answer, a problem or nothing out. What is too much for a page is cut where
 * a row ends, and the rest is not fetched.
 */

/** Bytes of an answer that a page takes. */
const MOST_BYTES = 8_000_000;

/**
 * @typedef {{kind: "table", variables: string[], rows: Record<string, Term>[], text: string, isCut: boolean}
 *   | {kind: "truth", value: boolean, text: string}
 *   | {kind: "graph", text: string, isCut: boolean}} Answer
 * @typedef {{type: string, value: string, datatype?: string, "xml:lang"?: string}} Term
 */

/** What the server says is wrong: a problem document (RFC 9457). */
export class Problem extends Error {
  /** @param {Record<string, any>} document */
  constructor(document) {
    super(document.detail);
    this.document = document;
  }
}

const ACCEPT = "application/sparql-results+json, text/turtle;q=0.9, application/problem+json;q=0.8";

/**
 * Ask a query.
 * @param {string} address
 * @param {string} query
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>} Rejects with a Problem, with an AbortError, or with what broke the connection.
 */
export async function ask(address, query, signal) {
  // By POST: a query may be long, and an answer must not be kept under the address of a page.
  const response = await send(address, { query }, ACCEPT, signal);
  const { text, isCut } = await readText(response);
  if (response.headers.get("Content-Type")?.startsWith("text/turtle")) {
    return { kind: "graph", text: isCut ? text.slice(0, text.lastIndexOf("\n") + 1) : text, isCut };
  }
  const document = JSON.parse(isCut ? cutRows(text) : text);
  if ("boolean" in document) return { kind: "truth", value: document.boolean, text };
  return { kind: "table", variables: document.head.vars ?? [], rows: document.results.bindings, text, isCut };
}

/**
 * Ask why a query finds nothing.
 * @param {string} address
 * @param {string} query
 * @returns {Promise<{words: string, hints: string[], pieces: {text: string, line: number}[]}>}
 */
export async function askWhy(address, query) {
  return (await send(address, { query, why: "1" }, "application/json")).json();
}

/**
 * Ask for the answer in a format of the server's making.
 * @param {string} address
 * @param {string} query
 * @param {string} format
 */
export async function askAs(address, query, format) {
  return (await send(address, { query, format }, "*/*")).json();
}

/**
 * @param {string} address
 * @param {Record<string, string>} fields
 * @param {string} accept
 * @param {AbortSignal} [signal]
 */
async function send(address, fields, accept, signal) {
  const body = new URLSearchParams(fields);
  const response = await fetch(address, { method: "POST", headers: { Accept: accept }, body, signal });
  if (response.ok) return response;
  const document = await response.json().catch(() => ({ title: response.statusText, detail: "" }));
  throw new Problem(document);
}

/** @param {Response} response */
async function readText(response) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), isCut: false };
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
    if (bytes > MOST_BYTES) {
      await reader.cancel();
      return { text, isCut: true };
    }
  }
}

/**
 * Cut a document of results (SPARQL 1.1 Query Results JSON) after its last whole row, so that it is one again.
 * @param {string} text
 */
export function cutRows(text) {
  const begin = text.indexOf('"bindings"');
  const first = text.indexOf("[", begin) + 1;
  let end = first;
  let depth = 0;
  let inString = false;
  for (let at = first; at < text.length; at++) {
    const sign = text[at];
    if (inString) {
      if (sign === "\\") at += 1;
      else if (sign === '"') inString = false;
    } else if (sign === '"') inString = true;
    else if (sign === "{") depth += 1;
    else if (sign === "}" && --depth === 0) end = at + 1;
  }
  return `${text.slice(0, end)}]}}`;
}
