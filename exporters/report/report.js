/**
 * The coverage report's page: reads its data from #report-data and shows it on a Leaflet map.
 * No network, no globals but `startReport`; user text only ever becomes text nodes.
 *
 * @typedef {{code: string, name: string, c: string[], n: string[], p: string[], a: number[], k: number[],
 *   g: number[][][][]}} Level   codes, names, parents, areas in m2, colours, polygons as steps of 1e-6 degrees
 * @typedef {{rule: string, pattern: string, zh: string, en: string, cells: string, size: string, level: string,
 *   state: string, g: any, at: number[] | null}} Finding   g: GeoJSON geometry, at: [lon, lat]
 */
"use strict";

/** Start the page on the map that folium made. */
function startReport(map) {
  const COLOURS = ["#8dd3c7", "#ffffb3", "#bebada", "#80b1d3", "#b3de69", "#d9d9d9", "#e0c9a6", "#c6dbef"];
  const LINES = { gap: "#d6009a", overlap: "#e66100", vacancy: "#7d7d7d", other: "#3b6fe0" };
  const FIRST_CELLS = 6000; // the level shown first has no more cells than this
  const PAGE = 100; // findings listed at a time
  const SMALL_PX = 14; // findings smaller than this get a ring around their place
  const CROWD = 60; // more findings than this get smaller rings
  const NARROW_PX = 760; // as in report.css
  const STEP = 1e-6;

  const data = JSON.parse(document.getElementById("report-data").textContent);
  const levels = /** @type {Level[]} */ (data.levels);
  const findings = /** @type {Finding[]} */ (data.findings);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const groups = new Map();
  let shown = { cells: null, parents: null };
  let current = -1;
  let listed = PAGE;
  let opened = null;
  const hidden = new Set();

  map.createPane("cells").style.zIndex = "400";
  map.createPane("parents").style.zIndex = "410";
  map.createPane("findings").style.zIndex = "450";
  const renderers = {
    cells: L.canvas({ pane: "cells", padding: 0.3 }),
    parents: L.svg({ pane: "parents", padding: 0.3 }),
    findings: L.svg({ pane: "findings", padding: 0.3 }),
  };
  map.getPane("parents").style.pointerEvents = "none";

  /** @returns {L.LatLng[][][]} polygons of one cell */
  function decoded(polygons) {
    return polygons.map((rings) =>
      rings.map((steps) => {
        const ring = [];
        let x = 0;
        let y = 0;
        for (let i = 0; i < steps.length; i += 2) {
          x += steps[i];
          y += steps[i + 1];
          ring.push(L.latLng(y * STEP, x * STEP));
        }
        return ring;
      }),
    );
  }

  function cssColour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function element(tag, text, className) {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function areaText(area) {
    const digits = (value, count) => value.toLocaleString("en", { maximumFractionDigits: count });
    if (area >= 1e6) return `${digits(area / 1e6, 2)} km²`;
    if (area >= 1e4) return `${digits(area / 1e4, 2)} ha`;
    return `${digits(area, 1)} m²`;
  }

  function cellTip(level, index) {
    const tip = element("div");
    tip.append(element("b", level.n[index] || level.c[index]));
    tip.append(element("span", level.c[index], "code"));
    if (level.p[index]) tip.append(element("div", `上级 Parent: ${level.p[index]}`, "code"));
    tip.append(element("div", areaText(level.a[index]), "size"));
    return tip;
  }

  function cellStyle(level, index) {
    return {
      renderer: renderers.cells,
      pane: "cells",
      color: cssColour("--cell-line"),
      weight: level.c.length > 3000 ? 0.5 : 1,
      opacity: 0.9,
      fillColor: COLOURS[level.k[index] % COLOURS.length],
      fillOpacity: dark.matches ? 0.38 : 0.62,
      smoothFactor: 0,
    };
  }

  function cellGroup(number) {
    const key = `cells-${number}`;
    if (!groups.has(key)) {
      const level = levels[number];
      const layers = level.g.map((polygons, index) => {
        const layer = L.polygon(decoded(polygons), cellStyle(level, index));
        layer.cell = index;
        return layer;
      });
      const group = L.featureGroup(layers);
      group.bindTooltip((layer) => cellTip(level, layer.cell), { sticky: true, direction: "auto" });
      groups.set(key, group);
    }
    return groups.get(key);
  }

  function parentGroup(number) {
    if (number < 0) return null;
    const key = `parents-${number}`;
    if (!groups.has(key)) {
      const style = {
        renderer: renderers.parents,
        pane: "parents",
        interactive: false,
        color: cssColour("--parent-line"),
        weight: 2.5,
        opacity: 0.6,
        fill: false,
        smoothFactor: 0,
      };
      groups.set(key, L.featureGroup(levels[number].g.map((polygons) => L.polygon(decoded(polygons), style))));
    }
    return groups.get(key);
  }

  function showLevel(number) {
    current = number;
    for (const group of Object.values(shown)) if (group) group.remove();
    shown = { cells: cellGroup(number), parents: parentGroup(number - 1) };
    for (const group of Object.values(shown)) if (group) group.addTo(map);
    const label = document.querySelector(".legend-level");
    label.textContent = `${levels[number].name} · ${levels[number].c.length.toLocaleString("en")}`;
    const radio = document.querySelector(`input[name="level"][value="${number}"]`);
    if (radio) radio.checked = true;
  }

  function findingTip(finding) {
    const tip = element("div");
    tip.append(element("b", `${finding.zh} ${finding.en}`));
    if (finding.size) tip.append(element("div", finding.size, "size"));
    if (finding.cells) tip.append(element("div", finding.cells, "code"));
    if (finding.state) tip.append(element("div", finding.state, "code"));
    return tip;
  }

  /** A finding's shape, hatched, and a ring around it that shows while the shape is too small to be seen. */
  function findingLayer(finding) {
    const colour = LINES[finding.pattern];
    const shape = L.geoJSON(finding.g, {
      renderer: renderers.findings,
      pane: "findings",
      style: { color: colour, weight: 2, fillColor: `url(#${finding.pattern})`, fillOpacity: 1, className: "finding" },
      pointToLayer: (_, at) => ring(at, colour),
    });
    const place = finding.at ? ring(L.latLng(finding.at[1], finding.at[0]), colour) : null;
    for (const layer of [shape, place]) if (layer) layer.bindTooltip(findingTip(finding), { sticky: true });
    return { shape, place, bounds: shape.getBounds() };
  }

  function ring(at, colour) {
    return L.circleMarker(at, {
      renderer: renderers.findings,
      pane: "findings",
      radius: findings.length > CROWD ? 5 : 8,
      color: colour,
      weight: findings.length > CROWD ? 2 : 3,
      fillColor: colour,
      fillOpacity: 0.25,
    });
  }

  const drawn = findings.map((finding) => (finding.g ? findingLayer(finding) : null));

  function drawFindings() {
    findings.forEach((finding, index) => {
      const layer = drawn[index];
      if (!layer) return;
      const wanted = !hidden.has(finding.rule);
      toggle(layer.shape, wanted);
      if (layer.place) toggle(layer.place, wanted && isSmall(layer.bounds));
    });
  }

  function toggle(layer, wanted) {
    if (wanted !== map.hasLayer(layer)) {
      if (wanted) layer.addTo(map);
      else layer.remove();
    }
  }

  function isSmall(bounds) {
    const size = map.latLngToLayerPoint(bounds.getSouthEast()).subtract(map.latLngToLayerPoint(bounds.getNorthWest()));
    return Math.max(Math.abs(size.x), Math.abs(size.y)) < SMALL_PX;
  }

  function flyTo(index) {
    const layer = drawn[index];
    const level = levels.findIndex((entry) => entry.code === findings[index].level);
    if (level >= 0 && level !== current) showLevel(level);
    const options = { maxZoom: 17, padding: [60, 60], animate: !calm.matches, duration: 0.8 };
    if (opened) opened.closeTooltip();
    // Asked for before the flight: without animation it ends at once.
    map.once("moveend", () => {
      opened = layer.place && isSmall(layer.bounds) ? layer.place : layer.shape;
      opened.openTooltip(layer.bounds.getCenter());
    });
    map.flyToBounds(layer.bounds, options);
    for (const button of document.querySelectorAll(".findings button")) {
      button.setAttribute("aria-current", String(button.dataset.index === String(index)));
    }
  }

  function swatch(pattern) {
    const NAMESPACE = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(NAMESPACE, "svg");
    const square = document.createElementNS(NAMESPACE, "rect");
    for (const [name, value] of [["width", "100%"], ["height", "100%"], ["fill", `url(#${pattern})`]]) {
      square.setAttribute(name, value);
    }
    square.setAttribute("class", `edge-${pattern}`);
    svg.setAttribute("aria-hidden", "true");
    svg.append(square);
    return svg;
  }

  function findingItem(finding, index) {
    const button = element("button");
    button.type = "button";
    button.dataset.index = String(index);
    button.disabled = !drawn[index];
    const title = element("span", finding.zh);
    title.append(" ", element("span", finding.en, "state"));
    button.append(swatch(finding.pattern), title, element("span", finding.size, "size"));
    const below = [finding.cells, finding.state].filter(Boolean).join(" · ");
    if (below) button.append(element("span", below, "cells"));
    button.addEventListener("click", () => flyTo(index));
    const item = element("li");
    item.append(button);
    return item;
  }

  function listFindings() {
    const wanted = findings.map((_, index) => index).filter((index) => !hidden.has(findings[index].rule));
    document
      .querySelector(".findings")
      .replaceChildren(...wanted.slice(0, listed).map((index) => findingItem(findings[index], index)));
    const more = document.querySelector(".more button");
    more.hidden = wanted.length <= listed;
    more.textContent = `再显示 ${Math.min(PAGE, wanted.length - listed)} 个，共 ${wanted.length} 个 · Show more`;
  }

  function filterButtons() {
    const counts = new Map();
    for (const finding of findings) counts.set(finding.rule, (counts.get(finding.rule) || 0) + 1);
    if (counts.size < 2) return;
    for (const [rule, count] of counts) {
      const known = findings.find((finding) => finding.rule === rule);
      const button = element("button", `${known.zh} ${known.en} ${count.toLocaleString("en")}`);
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      button.addEventListener("click", () => {
        if (!hidden.delete(rule)) hidden.add(rule);
        button.setAttribute("aria-pressed", String(!hidden.has(rule)));
        listed = PAGE;
        listFindings();
        drawFindings();
      });
      document.querySelector(".filters").append(button);
    }
  }

  /** Colours of lines and fills come from the page's theme: draw again when it changes. */
  function redraw() {
    for (const group of groups.values()) group.remove();
    groups.clear();
    shown = { cells: null, parents: null };
    if (current >= 0) showLevel(current);
  }

  /** A level without land, of records or not drawn yet, would open the page on an empty map. */
  function isShownFirst(level) {
    return level.c.length <= FIRST_CELLS && level.g.some((polygons) => polygons.length > 0);
  }

  function start() {
    map.fitBounds(data.bounds, { padding: [24, 24], animate: false });
    let first = levels.length - 1;
    while (first > 0 && !isShownFirst(levels[first])) first -= 1;
    for (const radio of document.querySelectorAll('input[name="level"]')) {
      radio.addEventListener("change", () => showLevel(Number(radio.value)));
    }
    if (levels.length) showLevel(first);
    if (window.innerWidth <= NARROW_PX) document.querySelector(".legend").open = false;
    filterButtons();
    listFindings();
    drawFindings();
    map.on("zoomend", drawFindings);
    dark.addEventListener("change", redraw);
    window.addEventListener("beforeprint", () => {
      document.querySelector(".legend").open = true;
      listed = findings.length;
      listFindings();
      map.invalidateSize({ animate: false });
    });
    document.querySelector(".more button").addEventListener("click", () => {
      listed += PAGE;
      listFindings();
    });
    document.body.dataset.ready = "true";
  }

  start();
}
