/**
 * Doing to a map what the comparison of two styles says.
 *
 * @import { Step } from "./difference.js"
 */

/**
 * @param {import("maplibre-gl").Map} map
 * @param {Step} step
 */
export function takeStep(map, step) {
  switch (step.do) {
    case "removeLayer":
      return map.removeLayer(step.id);
    case "removeSource":
      return map.removeSource(step.id);
    case "addSource":
      return map.addSource(step.id, step.source);
    case "setTiles":
      return /** @type {import("maplibre-gl").VectorTileSource} */ (map.getSource(step.id)).setTiles(
        step.tiles,
      );
    case "addLayer":
      return map.addLayer(step.layer, step.before);
    case "setFilter":
      return map.setFilter(step.id, /** @type {any} */ (step.filter ?? null));
    case "setPaint":
      return map.setPaintProperty(step.id, /** @type {any} */ (step.name), step.value);
    case "setLayout":
      return map.setLayoutProperty(step.id, /** @type {any} */ (step.name), step.value);
  }
}
