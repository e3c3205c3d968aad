/**
 * The language switch comes back to where the reader is: pages change their address while they are used.
 *
 * @param {Document} page
 */
export function keepPlaceOnLanguageSwitch(page) {
  page.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-language-form]")) {
      return;
    }
    const next = form.elements.namedItem("next");
    if (next instanceof HTMLInputElement) {
      next.value = page.location.pathname + page.location.search + page.location.hash;
    }
  });
}
