/**
 * The bar between two maps: dragged, or moved with the arrow keys.
 *
 * @param {HTMLElement} bar with `role="separator"`
 * @param {HTMLElement} box whose `--ws-split` it sets, in percent
 */
export function makeDivider(bar, box) {
  const [least, most] = [20, 80];

  /** @param {number} percent */
  const put = (percent) => {
    const value = Math.round(Math.min(most, Math.max(least, percent)));
    box.style.setProperty("--ws-split", `${value}%`);
    bar.setAttribute("aria-valuenow", String(value));
  };

  bar.addEventListener("pointerdown", (event) => {
    bar.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  bar.addEventListener("pointermove", (event) => {
    if (bar.hasPointerCapture(event.pointerId)) {
      const { left, top, width, height } = box.getBoundingClientRect();
      const stacked = getComputedStyle(box).getPropertyValue("--ws-stacked").trim() === "1";
      put(stacked ? ((event.clientY - top) / height) * 100 : ((event.clientX - left) / width) * 100);
    }
  });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -5, ArrowUp: -5, ArrowRight: 5, ArrowDown: 5 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      put(Number(bar.getAttribute("aria-valuenow")) + step);
    }
  });
}
