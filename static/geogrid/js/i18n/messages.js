/**
 * Messages with places for values. Pure: the tables come from `index.js`.
 *
 * @typedef {string | {one: string, other: string}} Message forms for one and for many, chosen by the value `n`
 * @typedef {Record<string, Message>} Table
 * @typedef {Record<string, string | number>} Values numbers are written in the reader's language
 */

/**
 * Make the function that gives messages.
 *
 * @param {Table} table
 * @param {string} lang
 * @returns {(key: string, values?: Values) => string} the key itself where there is no message
 */
export function translator(table, lang) {
  const numbers = new Intl.NumberFormat(lang);
  const plurals = new Intl.PluralRules(lang);
  return (key, values = {}) => {
    const message = table[key];
    if (message === undefined) {
      return key;
    }
    const text = typeof message === "string" ? message : form(message, plurals, values);
    return text.replace(/\{(\w+)\}/g, (place, name) => {
      const value = values[name];
      return typeof value === "number" ? numbers.format(value) : (value ?? place);
    });
  };
}

/**
 * @param {{one: string, other: string}} forms
 * @param {Intl.PluralRules} plurals
 * @param {Values} values
 */
function form(forms, plurals, values) {
  return plurals.select(Number(values.n)) === "one" ? forms.one : forms.other;
}
