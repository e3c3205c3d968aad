/** Icons as lines on a 24-grid; they take the colour of the text and are never the only words. */

import { html } from "lit-html";

const PATHS = {
  close: "M6 6l12 12M18 6L6 18",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4.5 4.5",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  me: "M12 3v3M12 18v3M3 12h3M18 12h3M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10z",
  layers: "M12 3l9 5-9 5-9-5zM3.5 12.5L12 17l8.5-4.5M3.5 16.5L12 21l8.5-4.5",
  findings: "M12 4l9.5 16h-19zM12 10v5M12 17.5v.5",
  check: "M4.5 12.5l5 5 10-11",
  copy: "M9 9h11v11H9zM15 5H4v11",
  phone: "M6 3h3l2 5-2.5 1.5a12 12 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z",
  chevron: "M9 5l7 7-7 7",
  left: "M15 5l-7 7 7 7",
  pin: "M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21zM12 7a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  cell: "M4 5l9-1 7 5-2 10-10 1-5-6z",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20.5c.8-4 3.800-6 7.500-6s6.700 2 7.500 6",
  calendar: "M4 6h16v14H4zM4 10.500h16M8 3v5M16 3v5",
  compare: "M4 5h16v14H4zM12 3v18",
};

/**
 * @param {keyof typeof PATHS} name
 * @returns {import("lit-html").TemplateResult}
 */
export function icon(name) {
  return html`<svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false"><path d=${PATHS[name]}></path></svg>`;
}
