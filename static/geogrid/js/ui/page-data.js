/**
 * Read what the server wrote into the page for its scripts.
 *
 * @returns {unknown} an empty object if it wrote nothing
 */
export function pageData() {
  const text = document.getElementById("page-data")?.textContent;
  return text ? JSON.parse(text) : {};
}
