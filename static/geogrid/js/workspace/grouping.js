/**
 * Findings in groups, and the numbers of a verdict.
 *
 * @import { Audit, Finding } from "./types.js"
 */

/**
 * @typedef {{rule: string, count: number, items: Finding[]}} Group
 */

/** Geometric blind spots first, then what they lead to, then what is merely untidy. */
const ORDER = [
  "gap",
  "overlap",
  "outside_parent",
  "sliver",
  "unmatched_edge",
  "vacancy",
  "object_in_gap",
  "duplicate_cell",
  "invalid_polygon",
  "duplicate_code",
  "bad_code",
  "straddling",
];

/**
 * @param {readonly Finding[]} findings most severe first
 * @param {Record<string, number> | null} [counts] of all, when only some are loaded
 * @returns {Group[]} most important rule first; the order within a group is kept
 */
export function groupByRule(findings, counts) {
  /** @type {Map<string, Finding[]>} */
  const groups = new Map(Object.keys(counts ?? {}).map((rule) => [rule, []]));
  for (const finding of findings) {
    const group = groups.get(finding.rule) ?? [];
    group.push(finding);
    groups.set(finding.rule, group);
  }
  return [...groups]
    .map(([rule, items]) => ({ rule, items, count: Math.max(counts?.[rule] ?? 0, items.length) }))
    .filter(({ count }) => count > 0)
    .sort((one, other) => rank(one.rule) - rank(other.rule));
}

/** @param {string} rule @returns {number} */
function rank(rule) {
  const place = ORDER.indexOf(rule);
  return place === -1 ? ORDER.length : place;
}

/**
 * @param {readonly Finding[]} findings
 * @returns {string[]} codes of the cells that have one, each once
 */
export function troubledCells(findings) {
  const open = findings.filter(
    ({ rule, state }) => rule !== "vacancy" && state !== "accepted" && state !== "fixed",
  );
  return [...new Set(open.flatMap(({ cells }) => cells))];
}

/**
 * @param {readonly Finding[]} findings
 * @returns {string[]} codes of the cells whose mandatory post nobody holds
 */
export function vacantCells(findings) {
  return [...new Set(findings.filter(({ rule }) => rule === "vacancy").flatMap(({ cells }) => cells))];
}

/**
 * The sums of an audit over its levels.
 *
 * @param {Audit} audit
 * @returns {{gaps: number, overlaps: number, vacancies: number, inGap: number, areaM2: number, cells: number}}
 */
export function verdictNumbers(audit) {
  const levels = Object.values(audit.levels);
  const sum = (/** @type {"gaps" | "overlaps" | "cells"} */ name) =>
    levels.reduce((all, level) => all + level[name], 0);
  return {
    gaps: sum("gaps"),
    overlaps: sum("overlaps"),
    cells: sum("cells"),
    vacancies: audit.vacancies,
    inGap: audit.features?.in_gap ?? 0,
    areaM2: Math.max(0, ...levels.map(({ area_m2: area }) => area)),
  };
}

/**
 * Findings as GeoJSON: their shapes, and one point each so that the smallest is seen from afar.
 *
 * @param {readonly Finding[]} findings
 * @returns {{shapes: GeoJSON.FeatureCollection, places: GeoJSON.FeatureCollection}}
 */
export function findingsOnMap(findings) {
  /** @param {Finding} finding @param {GeoJSON.Geometry} geometry @returns {GeoJSON.Feature} */
  const feature = ({ id, rule }, geometry) => ({ type: "Feature", geometry, properties: { id, rule } });
  const shapes = findings.flatMap((one) => (one.geometry ? [feature(one, one.geometry)] : []));
  const places = findings.flatMap((one) =>
    one.at ? [feature(one, { type: "Point", coordinates: one.at })] : [],
  );
  return {
    shapes: { type: "FeatureCollection", features: shapes },
    places: { type: "FeatureCollection", features: places },
  };
}

/**
 * The box around a geometry, a little wider than nothing.
 *
 * @param {GeoJSON.Geometry | null} geometry
 * @param {[number, number] | null} at used when there is no geometry
 * @returns {import("./types.js").Box | null}
 */
export function boxOf(geometry, at) {
  /** @type {number[][]} */
  const points = geometry && geometry.type !== "GeometryCollection" ? flatten(geometry.coordinates) : [];
  const all = points.length > 0 ? points : at ? [at] : [];
  if (all.length === 0) {
    return null;
  }
  const lons = all.map(([lon = 0]) => lon);
  const lats = all.map(([, lat = 0]) => lat);
  return [least(lons, Math.min), least(lats, Math.min), least(lons, Math.max), least(lats, Math.max)];
}

/** @param {number[]} numbers @param {(one: number, other: number) => number} better */
function least(numbers, better) {
  return numbers.reduce((one, other) => better(one, other));
}

/** @param {any} coordinates @returns {number[][]} */
function flatten(coordinates) {
  return typeof coordinates[0] === "number" ? [coordinates] : coordinates.flatMap(flatten);
}

/**
 * Give a finding a place to fly to, if it has none yet.
 *
 * @param {Finding} finding
 * @returns {Finding}
 */
export function located(finding) {
  const box = boxOf(finding.geometry, finding.at ?? null);
  return { ...finding, at: finding.at ?? (box && [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]) };
}
