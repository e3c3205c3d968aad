/**
 * What has to be done to a map to get from one style to the next, as a list.
 *
 * MapLibre's own comparison would empty the GeoJSON sources that we fill by hand and cannot exchange the
 * addresses of tiles in place.
 *
 * @import { LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl"
 */

/**
 * @typedef {{do: "removeLayer", id: string}
 *   | {do: "removeSource", id: string}
 *   | {do: "addSource", id: string, source: SourceSpecification}
 *   | {do: "setTiles", id: string, tiles: string[]}
 *   | {do: "addLayer", layer: LayerSpecification, before: string | undefined}
 *   | {do: "setFilter", id: string, filter: unknown}
 *   | {do: "setPaint", id: string, name: string, value: unknown}
 *   | {do: "setLayout", id: string, name: string, value: unknown}} Step
 */

/**
 * @param {StyleSpecification} before
 * @param {StyleSpecification} after
 * @returns {Step[]} in the order in which they have to be done
 */
export function stepsBetween(before, after) {
  const swapped = sourceSteps(before, after);
  const old = new Map(before.layers.map((layer) => [layer.id, layer]));
  const kept = new Set(
    after.layers.filter((layer) => comparable(old.get(layer.id), layer)).map(({ id }) => id),
  );
  return [
    ...before.layers.filter(({ id }) => !kept.has(id)).map(({ id }) => removal(id)),
    ...swapped,
    ...additions(after, kept),
    ...after.layers
      .filter(({ id }) => kept.has(id))
      .flatMap((layer) => changes(/** @type {LayerSpecification} */ (old.get(layer.id)), layer)),
  ];
}

/** @param {string} id @returns {Step} */
function removal(id) {
  return { do: "removeLayer", id };
}

/**
 * @param {StyleSpecification} before
 * @param {StyleSpecification} after
 * @returns {Step[]}
 */
function sourceSteps(before, after) {
  /** @type {Step[]} */
  const steps = [];
  for (const id of Object.keys(before.sources)) {
    if (!(id in after.sources)) {
      steps.push({ do: "removeSource", id });
    }
  }
  for (const [id, source] of Object.entries(after.sources)) {
    const was = before.sources[id];
    if (was === undefined) {
      steps.push({ do: "addSource", id, source });
    } else if (source.type === "vector" && source.tiles && !same(was, source)) {
      steps.push({ do: "setTiles", id, tiles: source.tiles });
    }
  }
  return steps;
}

/**
 * @param {StyleSpecification} after
 * @param {Set<string>} kept
 * @returns {Step[]} from the top down, so that what a layer lies below is there already
 */
function additions(after, kept) {
  /** @type {Step[]} */
  const steps = [];
  /** @type {string | undefined} */
  let before;
  for (const layer of [...after.layers].reverse()) {
    if (!kept.has(layer.id)) {
      steps.push({ do: "addLayer", layer, before });
    }
    before = layer.id;
  }
  return steps;
}

/**
 * @param {LayerSpecification | undefined} was
 * @param {LayerSpecification} is
 * @returns {boolean} whether the layer can be changed in place
 */
function comparable(was, is) {
  const fixed = (/** @type {LayerSpecification} */ layer) => ({ ...layer, paint: 0, layout: 0, filter: 0 });
  return was !== undefined && same(fixed(was), fixed(is));
}

/**
 * @param {LayerSpecification} was
 * @param {LayerSpecification} is
 * @returns {Step[]}
 */
function changes(was, is) {
  const { id } = is;
  /** @type {Step[]} */
  const steps = [];
  const filter = "filter" in is ? is.filter : undefined;
  if (!same("filter" in was ? was.filter : undefined, filter)) {
    steps.push({ do: "setFilter", id, filter });
  }
  for (const [name, value] of unequal(was.paint, is.paint)) {
    steps.push({ do: "setPaint", id, name, value });
  }
  for (const [name, value] of unequal(was.layout, is.layout)) {
    steps.push({ do: "setLayout", id, name, value });
  }
  return steps;
}

/**
 * @param {object | undefined} was
 * @param {object | undefined} is
 * @returns {[string, unknown][]} the values of now that were not those of then
 */
function unequal(was = {}, is = {}) {
  const then = new Map(Object.entries(was));
  const now = new Map(Object.entries(is));
  const names = [...new Set([...then.keys(), ...now.keys()])];
  return names.filter((name) => !same(then.get(name), now.get(name))).map((name) => [name, now.get(name)]);
}

/** @param {unknown} one @param {unknown} other */
function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
