/**
 * The tokens of a SPARQL text, as far as an editor needs them: where one is, what is declared, what is named.
 * Never fails: a text is read while it is being written. Specification: SPARQL 1.1, section 19.8.
 */

/** @typedef {{kind: string, text: string, from: number, to: number}} Token */

const PATTERN = new RegExp(
  [
    String.raw`(?<space>\s+)`,
    String.raw`(?<comment>#[^\n]*)`,
    String.raw`(?<long>"""(?:[^"\\]|\\[\s\S]|"(?!""))*(?:"""|$)|'''(?:[^'\\]|\\[\s\S]|'(?!''))*(?:'''|$))`,
    String.raw`(?<string>"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)`,
    String.raw`(?<iri><[^<>"{}|^\u0060\\\s]*>)`,
    String.raw`(?<open><[A-Za-z\u00c0-\uffff][^<>"{}|^\u0060\\\n?$]*)`,
    String.raw`(?<variable>[?$][\p{L}\p{N}_]*)`,
    String.raw`(?<tag>@[A-Za-z-]*)`,
    String.raw`(?<name>(?:[\p{L}][\p{L}\p{N}_.-]*)?:(?:[\p{L}\p{N}_:%\\.-]*[\p{L}\p{N}_:%-])?)`,
    String.raw`(?<word>[\p{L}_][\p{L}\p{N}_-]*)`,
    String.raw`(?<other>[\s\S])`,
  ].join("|"),
  "uy",
);

/**
 * Read a text into tokens, blanks left out.
 * @param {string} text
 * @returns {Token[]}
 */
export function readTokens(text) {
  const tokens = [];
  PATTERN.lastIndex = 0;
  for (let found = PATTERN.exec(text); found; found = PATTERN.exec(text)) {
    const [kind] = Object.entries(found.groups).find(([, value]) => value !== undefined);
    if (kind !== "space") {
      tokens.push({ kind, text: found[0], from: found.index, to: PATTERN.lastIndex });
    }
    if (PATTERN.lastIndex >= text.length) break;
  }
  return tokens;
}

/**
 * The prefixes that a text declares, and where a further declaration would stand.
 * @param {Token[]} tokens
 * @returns {{declared: Map<string, string>, end: number}}
 */
export function readPrologue(tokens) {
  const declared = new Map();
  let end = 0;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token.kind === "comment") continue;
    if (token.kind === "word" && /^prefix$/i.test(token.text) && tokens[at + 1]?.kind === "name") {
      const iri = tokens[at + 2]?.kind === "iri" ? tokens[at + 2] : null;
      declared.set(tokens[at + 1].text.slice(0, -1), iri ? iri.text.slice(1, -1) : "");
      end = (iri ?? tokens[at + 1]).to;
      at += iri ? 2 : 1;
    } else if (token.kind === "word" && /^base$/i.test(token.text) && tokens[at + 1]?.kind === "iri") {
      end = tokens[at + 1].to;
      at += 1;
    } else {
      break;
    }
  }
  return { declared, end };
}

/**
 * The insertion that declares a prefix; null if the text declares it.
 * @param {string} text
 * @param {string} prefix
 * @param {string} namespace
 * @returns {{from: number, insert: string} | null}
 */
export function declare(text, prefix, namespace) {
  const { declared, end } = readPrologue(readTokens(text));
  if (declared.has(prefix)) return null;
  const line = `PREFIX ${prefix}: <${namespace}>`;
  return end ? { from: end, insert: `\n${line}` } : { from: 0, insert: `${line}\n` };
}

/**
 * The token that ends at, or holds, a place; null between tokens.
 * @param {Token[]} tokens
 * @param {number} place
 * @returns {{token: Token, before: Token | undefined} | null}
 */
export function tokenAt(tokens, place) {
  const at = tokens.findIndex((token) => token.from < place && place <= token.to);
  return at < 0 ? null : { token: tokens[at], before: tokens[at - 1] };
}
