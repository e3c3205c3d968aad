/**
 * The maps of the workspace: one, or two that move together while a draft is compared.
 *
 * @import { Desk } from "./desk.js"
 * @import { Padding, Place } from "../map/view.js"
 * @import { Box } from "./types.js"
 */

import { CHANGES, FINDING_PLACES, FINDINGS } from "../map/finding-layers.js";
import { PLACE, styleOf } from "../map/style.js";
import { MapView } from "../map/view.js";
import { findingsOnMap } from "./grouping.js";
import { draftLook, editionLook } from "./looks.js";
import { chosenDraft } from "./state.js";
import { say } from "./words.js";

const NOTHING = /** @type {GeoJSON.FeatureCollection} */ ({ type: "FeatureCollection", features: [] });

/** Keeps the maps in step with the state and with each other. */
export class MapStage {
  /** @type {MapView | null} */
  #main = null;
  /** @type {MapView | null} */
  #side = null;
  /** @type {unknown} */
  #drawnFindings = null;
  #faults = { shapes: NOTHING, places: NOTHING };

  /**
   * @param {Desk} desk
   * @param {{main: HTMLElement, side: HTMLElement, padding: () => Padding}} page
   */
  constructor(desk, page) {
    this.desk = desk;
    this.page = page;
  }

  /** Show the state; the first time there is something to show, make the map. */
  draw() {
    const { state, palette, edition } = this.desk;
    if (state.scheme === null) {
      return;
    }
    const style = styleOf(editionLook(state, { ...this.#given(), edition }));
    if (this.#main === null) {
      this.#main = this.#make(this.page.main, style, state.view, say("map"));
    } else {
      this.#main.show(style, palette);
    }
    this.#drawSide();
    this.#fill();
  }

  /** @returns {import("./looks.js").Given} */
  #given() {
    const textScale = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    return { palette: this.desk.palette, origin: location.origin, textScale };
  }

  #drawSide() {
    const { state, palette } = this.desk;
    const draft = chosenDraft(state);
    this.page.side.hidden = draft === null;
    if ((draft === null) !== (this.#side === null)) {
      this.#main?.map.resize();
      if (this.desk.sawLand) {
        this.fitLand();
      }
    }
    if (draft === null) {
      this.#side?.remove();
      this.#side = null;
      return;
    }
    const style = styleOf(draftLook(state, this.#given()));
    if (this.#side === null) {
      const place = this.#main?.place ?? null;
      this.#side = this.#make(this.page.side, style, place, say("map-draft", { name: draft.name }));
      this.#follow(/** @type {MapView} */ (this.#main), this.#side);
      this.#follow(this.#side, /** @type {MapView} */ (this.#main));
    } else {
      this.#side.show(style, palette);
    }
  }

  /** Put what is found, what is changed and what was pointed at where it belongs. */
  #fill() {
    const { state } = this.desk;
    if (this.#drawnFindings !== state.findings.items) {
      this.#drawnFindings = state.findings.items;
      this.#faults = findingsOnMap(state.findings.items);
    }
    const faulty = this.#side ?? this.#main;
    for (const view of [this.#main, this.#side]) {
      view?.setData(FINDINGS, view === faulty ? this.#faults.shapes : NOTHING);
      view?.setData(FINDING_PLACES, view === faulty ? this.#faults.places : NOTHING);
      view?.setData(CHANGES, this.#side ? state.changes : NOTHING);
      view?.setData(PLACE, this.#place());
    }
  }

  /** @type {{key: string, data: GeoJSON.FeatureCollection}} */
  #placed = { key: "", data: NOTHING };

  /** @returns {GeoJSON.FeatureCollection} */
  #place() {
    const { selection } = this.desk.state;
    const { lon, lat } = selection?.answer ?? selection ?? {};
    const key = `${lon},${lat}`;
    if (key !== this.#placed.key) {
      const known = lon !== undefined && lat !== undefined;
      const geometry = /** @type {GeoJSON.Point} */ ({ type: "Point", coordinates: [lon, lat] });
      const features = known ? [{ type: /** @type {const} */ ("Feature"), geometry, properties: {} }] : [];
      this.#placed = { key, data: { type: "FeatureCollection", features } };
    }
    return this.#placed.data;
  }

  /**
   * @param {HTMLElement} container
   * @param {import("maplibre-gl").StyleSpecification} style
   * @param {Place | null} place
   * @param {string} label
   */
  #make(container, style, place, label) {
    const { desk } = this;
    const bounds = desk.state.scheme?.bbox ?? null;
    const padding = this.page.padding();
    return new MapView(container, {
      style,
      palette: desk.palette,
      place,
      bounds,
      padding,
      label,
      listeners: {
        onPick: ({ lon, lat, feature, finding }) => {
          desk.actions.locate(lon, lat, { feature });
          if (finding) {
            desk.store.set({ finding });
          }
        },
        onMove: (view) => desk.store.set({ view }),
        onDrawn: () => container.setAttribute("data-drawn", "true"),
        onTileLost: () => desk.store.set({ offline: true }),
      },
    });
  }

  #following = false;

  /**
   * @param {MapView} leader
   * @param {MapView} follower
   */
  #follow(leader, follower) {
    leader.map.on("move", () => {
      if (!this.#following && this.#side !== null) {
        this.#following = true;
        follower.jump(leader.place);
        this.#following = false;
      }
    });
  }

  /** @returns {boolean} whether all of the land is in sight */
  seesLand() {
    const box = this.desk.state.scheme?.bbox;
    return Boolean(box && this.#main?.sees(box));
  }

  fitLand() {
    const box = this.desk.state.scheme?.bbox;
    if (box) {
      this.fit(box);
    }
  }

  /** @param {Box} box @param {number} [maxZoom] */
  fit(box, maxZoom = 16) {
    this.#main?.fit(box, { padding: this.page.padding(), maxZoom });
  }

  /** @param {number} lon @param {number} lat @param {number} [zoom] */
  reveal(lon, lat, zoom) {
    this.#main?.reveal(lon, lat, { padding: this.page.padding(), ...(zoom !== undefined && { zoom }) });
  }

  /** @param {1 | -1} step */
  zoomBy(step) {
    this.#main?.zoomBy(step);
  }

  /** @param {Place} view */
  jump(view) {
    this.#main?.jump(view);
  }

  reload() {
    this.#main?.reload();
    this.#side?.reload();
  }
}
