/**
 * One map on the page: it shows a style and tells what is pointed at. It knows nothing of the workspace.
 *
 * @import { Palette } from "./palette.js"
 * @import { GeoJSONSource, StyleSpecification, VectorTileSource } from "maplibre-gl"
 */

import { Map as MapLibre, ScaleControl } from "maplibre-gl";
import { stepsBetween } from "./difference.js";
import { putPictures } from "./pictures.js";
import { takeStep } from "./steps.js";

/**
 * @typedef {import("../workspace/types.js").Box} Box
 * @typedef {{top: number, right: number, bottom: number, left: number}} Padding
 * @typedef {{lon: number, lat: number, z: number}} Place
 *
 * @typedef {object} Listeners
 * @property {(place: {lon: number, lat: number, feature: {layer: string, key: string} | null,
 *   finding: string | null}) => void} onPick
 * @property {(place: Place) => void} onMove after the map came to rest
 * @property {() => void} onDrawn when everything in sight has been drawn for the first time
 * @property {() => void} onTileLost when the service did not answer for a tile
 */

const FONTS = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif';
const EMPTY = /** @type {GeoJSON.FeatureCollection} */ ({ type: "FeatureCollection", features: [] });

/** A map of cells. */
export class MapView {
  /** @type {StyleSpecification} */
  #style;
  /** @type {Map<string, GeoJSON.FeatureCollection>} */
  #data = new Map();
  /** @type {{source: string, id: string | number} | null} */
  #hovered = null;
  #ready = false;

  /**
   * @param {HTMLElement} container
   * @param {object} options
   * @param {StyleSpecification} options.style
   * @param {Palette} options.palette
   * @param {Place | null} options.place where to begin
   * @param {Box | null} options.bounds where to begin if there is no place
   * @param {Padding} options.padding
   * @param {Listeners} options.listeners
   * @param {string} options.label for those who do not see it
   */
  constructor(container, { style, palette, place, bounds, padding, listeners, label }) {
    this.#style = style;
    this.listeners = listeners;
    this.map = new MapLibre({
      container,
      style,
      ...(place ? { center: [place.lon, place.lat], zoom: place.z } : {}),
      ...(!place && bounds ? { bounds, fitBoundsOptions: { padding } } : {}),
      minZoom: 2,
      maxZoom: 18,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      localIdeographFontFamily: FONTS,
      fadeDuration: calm() ? 0 : 180,
      locale: { "Map.Title": label },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new ScaleControl({ unit: "metric", maxWidth: 120 }), "bottom-left");
    this.#paint(palette);
    this.#listen();
  }

  /** Take the map from the page. */
  remove() {
    this.map.remove();
  }

  /**
   * Show another style; only what differs is touched.
   *
   * @param {StyleSpecification} style
   * @param {Palette} palette
   */
  show(style, palette) {
    if (!this.#ready) {
      this.#later = () => this.show(style, palette);
      return;
    }
    this.#paint(palette);
    for (const step of stepsBetween(this.#style, style)) {
      takeStep(this.map, step);
    }
    this.#style = style;
  }

  /** @type {(() => void) | null} */
  #later = null;

  /**
   * Fill a GeoJSON source.
   *
   * @param {string} id
   * @param {GeoJSON.FeatureCollection | null} data
   */
  setData(id, data) {
    const changed = this.#data.get(id) !== data;
    this.#data.set(id, data ?? EMPTY);
    if (this.#ready && changed) {
      this.#put(id, data ?? EMPTY);
    }
  }

  #refill() {
    for (const [id, data] of this.#data) {
      this.#put(id, data);
    }
  }

  /** @param {string} id @param {GeoJSON.FeatureCollection} data */
  #put(id, data) {
    /** @type {GeoJSONSource | undefined} */ (this.map.getSource(id))?.setData(data);
  }

  /**
   * Bring a box into sight.
   *
   * @param {Box} box
   * @param {{padding: Padding, maxZoom?: number}} options
   */
  fit(box, { padding, maxZoom = 16 }) {
    this.map.fitBounds(box, { padding: this.#fitting(padding), maxZoom, linear: true, ...pace() });
  }

  /**
   * Bring a point into sight if it is not in the free part of the map, and zoom in if the map is far away.
   *
   * @param {number} lon @param {number} lat
   * @param {{padding: Padding, zoom?: number}} options
   */
  reveal(lon, lat, { padding, zoom = 0 }) {
    const { x, y } = this.map.project([lon, lat]);
    const { clientWidth: width, clientHeight: height } = this.map.getContainer();
    const free =
      x > padding.left && x < width - padding.right && y > padding.top && y < height - padding.bottom;
    if (free && this.map.getZoom() >= zoom) {
      return;
    }
    const offset = /** @type {[number, number]} */ ([
      (padding.left - padding.right) / 2,
      (padding.top - padding.bottom) / 2,
    ]);
    this.map.easeTo({ center: [lon, lat], zoom: Math.max(zoom, this.map.getZoom()), offset, ...pace() });
  }

  /**
   * @param {Box} box
   * @returns {boolean} whether all of it is in sight
   */
  sees([west, south, east, north]) {
    const bounds = this.map.getBounds();
    return bounds.contains([west, south]) && bounds.contains([east, north]);
  }

  /** @param {1 | -1} step */
  zoomBy(step) {
    this.map.easeTo({ zoom: this.map.getZoom() + step, ...pace() });
  }

  /** @param {Place} place */
  jump({ lon, lat, z }) {
    this.map.jumpTo({ center: [lon, lat], zoom: z });
  }

  /** @returns {Place} */
  get place() {
    const { lng, lat } = this.map.getCenter();
    return { lon: lng, lat, z: this.map.getZoom() };
  }

  /** Ask again for every tile, after the service was away. */
  reload() {
    for (const [id, source] of Object.entries(this.#style.sources)) {
      if (source.type === "vector" && source.tiles) {
        /** @type {VectorTileSource | undefined} */ (this.map.getSource(id))?.setTiles(source.tiles);
      }
    }
  }

  #listen() {
    const { map } = this;
    map.once("style.load", () => {
      this.#ready = true;
      const later = this.#later;
      this.#later = null;
      later?.();
      this.#refill();
      this.listeners.onMove(this.place);
    });
    map.once("idle", () => this.listeners.onDrawn());
    map.on("click", (event) => this.#pick(event.lngLat.lng, event.lngLat.lat, event.point));
    map.on("mousemove", (event) => this.#hover(event.point));
    map.on("mouseout", () => this.#hover(null));
    map.on("moveend", () => this.listeners.onMove(this.place));
    // A lost tile is no accident of the page: the workspace tells it once, in a banner.
    map.on("error", ({ error }) => {
      const status = /** @type {{status?: number}} */ (error).status;
      if (status === undefined || status === 0 || status >= 500) {
        this.listeners.onTileLost();
      }
    });
    map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        const { lng, lat } = map.getCenter();
        this.#pick(lng, lat, map.project([lng, lat]));
      }
    });
  }

  /**
   * @param {number} lon @param {number} lat
   * @param {import("maplibre-gl").PointLike} point
   */
  #pick(lon, lat, point) {
    const found = this.map.queryRenderedFeatures(around(point), {
      layers: this.#layers(/^(object|finding)-/),
    });
    const object = found.find(({ layer }) => layer.id.startsWith("object-"));
    const finding = found.find(({ layer }) => layer.id.startsWith("finding-"));
    this.listeners.onPick({
      lon,
      lat,
      feature: object
        ? { layer: object.source.replace("objects-", ""), key: String(object.properties.key ?? "") }
        : null,
      finding: finding ? String(finding.properties.id) : null,
    });
  }

  /** @param {import("maplibre-gl").Point | null} point */
  #hover(point) {
    const layers = this.#layers(/^hover-/);
    const [cell] = point && layers.length > 0 ? this.map.queryRenderedFeatures(point, { layers }) : [];
    const now = cell?.id === undefined ? null : { source: cell.source, id: cell.id };
    if (now?.id === this.#hovered?.id && now?.source === this.#hovered?.source) {
      return;
    }
    for (const [target, hover] of /** @type {const} */ ([
      [this.#hovered, false],
      [now, true],
    ])) {
      if (target && this.map.getSource(target.source)) {
        this.map.setFeatureState({ ...target, sourceLayer: "cells" }, { hover });
      }
    }
    this.#hovered = now;
    this.map.getCanvas().classList.toggle("is-over-cell", now !== null);
  }

  /** @param {RegExp} pattern */
  #layers(pattern) {
    return this.#ready ? this.#style.layers.map(({ id }) => id).filter((id) => pattern.test(id)) : [];
  }

  /** @type {Palette | null} */
  #painted = null;

  /** @param {Palette} palette */
  #paint(palette) {
    if (this.#painted !== palette) {
      this.#painted = palette;
      putPictures(this.map, palette);
    }
  }

  /**
   * Keep a padding smaller than the map.
   *
   * @param {Padding} padding
   * @returns {Padding}
   */
  #fitting(padding) {
    const { clientWidth: width, clientHeight: height } = this.map.getContainer();
    const least = 24;
    const fits = padding.left + padding.right < width - 120 && padding.top + padding.bottom < height - 120;
    return fits ? padding : { top: least, right: least, bottom: least, left: least };
  }
}

/** @param {import("maplibre-gl").PointLike} point @returns {[[number, number], [number, number]]} a finger's width */
function around(point) {
  const [x, y] = Array.isArray(point) ? point : [point.x, point.y];
  return [
    [x - 6, y - 6],
    [x + 6, y + 6],
  ];
}

/** @returns {boolean} whether the reader wants no movement */
function calm() {
  return globalThis.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** @returns {{duration: number} | {animate: false}} */
function pace() {
  return calm() ? { animate: false } : { duration: 450 };
}
