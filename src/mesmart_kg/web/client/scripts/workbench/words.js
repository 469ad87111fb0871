/** The page's own words, filled in; numbers as the page's language writes them. */

/**
 * @param {Record<string, string>} words
 * @param {string} language
 */
export function speaker(words, language) {
  const whole = new Intl.NumberFormat(language);
  const fine = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return {
    /** @param {string} key @param {Record<string, string | number>} [values] */
    say(key, values = {}) {
      return words[key].replace(/\{(\w+)\}/g, (_, name) => {
        const value = values[name];
        return typeof value === "number" ? whole.format(value) : String(value);
      });
    },
    /** Seconds with one decimal. @param {number} milliseconds */
    seconds: (milliseconds) => fine.format(milliseconds / 1000),
  };
}
