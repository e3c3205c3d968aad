/** Icons, drawn in the colour of the text around them; what they mean is said in words beside them. */
import { svg as svgPart } from "lit-html";

/**
 * @param {import("lit-html").TemplateResult} inner
 */
function icon(inner) {
  return svgPart`<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor"
    stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${inner}</svg>`;
}

export const phoneIcon = icon(
  svgPart`<path d="M5 3h4l2 5-2.5 1.5a11 11 0 0 0 6 6L16 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 5a2 2 0 0 1 2-2Z"/>`,
);
export const positionIcon = icon(
  svgPart`<circle cx="12" cy="12" r="7"/><circle cx="12" cy="12" r="2.2" fill="currentColor" stroke="none"/>
    <path d="M12 2v3M12 19v3M2 12h3M19 12h3"/>`,
);
export const copyIcon = icon(
  svgPart`<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M5 15H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v1"/>`,
);
export const shareIcon = icon(
  svgPart`<path d="M12 15V3M8 7l4-4 4 4"/><path d="M5 12v7a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-7"/>`,
);
export const mapIcon = icon(
  svgPart`<path d="m9 4-6 2v14l6-2 6 2 6-2V4l-6 2-6-2Z"/><path d="M9 4v14M15 6v14"/>`,
);
export const swapIcon = icon(svgPart`<path d="M7 4 3 8l4 4M3 8h14M17 12l4 4-4 4M21 16H7"/>`);
