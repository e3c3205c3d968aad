/** The look-up page: who is responsible here? */
import { render } from "lit-html";
import { getJson } from "./api/client.js";
import { Problem } from "./api/problem.js";
import { parsePlace } from "./core/coordinates.js";
import { placeText } from "./core/format.js";
import { Store } from "./core/store.js";
import { t } from "./i18n/index.js";
import { questionOf, requestOf, SYSTEMS, searchOf } from "./lookup/question.js";
import { stagePart } from "./lookup/states.js";
import { summaryText } from "./lookup/summary.js";
import { pageData } from "./ui/page-data.js";
import { currentPosition, NoPosition } from "./ui/position.js";
import { canShare, copyText, share } from "./ui/sharing.js";

/**
 * @typedef {import("./lookup/question.js").Question} Question
 * @typedef {{stage: import("./lookup/states.js").Stage, question: Question | null, copied: string}} State
 */
const REMEMBERED_SYSTEM = "geogrid.lookup.system";

const data =
  /** @type {{schemes: import("./lookup/states.js").Words, bbox: import("./core/coordinates.js").Bounds | null}} */ (
    pageData()
  );
const form = /** @type {HTMLFormElement} */ (document.getElementById("lookup-form"));
const place = /** @type {HTMLInputElement} */ (form.elements.namedItem("place"));
const system = /** @type {HTMLSelectElement} */ (form.elements.namedItem("crs"));
const day = /** @type {HTMLInputElement} */ (form.elements.namedItem("at"));
const fault = /** @type {HTMLElement} */ (document.getElementById("lookup-fault"));
const result = /** @type {HTMLElement} */ (document.getElementById("lookup-result"));
const announcement = /** @type {HTMLElement} */ (document.getElementById("lookup-announcement"));

/** @type {Store<State>} */
const store = new Store(/** @type {State} */ ({ stage: { kind: "idle" }, question: null, copied: "" }));
let running = new AbortController();

store.addEventListener("change", draw);

function draw() {
  const { stage, question, copied } = store.state;
  const sharing = canShare
    ? () => share({ title: document.title, text: sharedText(), url: location.href })
    : null;
  render(stagePart(stage, question, data.schemes, { retry, swap, copy, copied, share: sharing }), result);
  result.setAttribute("aria-busy", String(stage.kind === "loading" || stage.kind === "locating"));
}

/**
 * @param {Question} question
 * @param {{push: boolean}} how whether the address becomes a new entry of the history
 */
async function ask(question, { push }) {
  running.abort();
  const mine = new AbortController();
  running = mine;
  if (push) {
    history.pushState(null, "", location.pathname + searchOf(location.search, question));
  }
  store.set({ question, stage: { kind: "loading" }, copied: "" });
  try {
    const answer = await getJson(requestOf(question), { signal: mine.signal });
    settle({ kind: "answered", answer }, push);
  } catch (error) {
    if (mine.signal.aborted) {
      return;
    }
    if (!(error instanceof Problem)) {
      throw error;
    }
    settle({ kind: "failed", problem: error }, push);
  }
}

/**
 * @param {import("./lookup/states.js").Stage} stage
 * @param {boolean} goThere whether the reader asked for it just now, and not by opening the page
 */
function settle(stage, goThere) {
  store.set({ stage });
  // The heading of what came is read out; on a phone the answer comes into view.
  announcement.textContent = [...result.querySelectorAll("h2, .callout")]
    .map((part) => part.textContent?.trim())
    .join(" ");
  if (goThere) {
    result.focus({ preventScroll: true });
  }
  if (result.getBoundingClientRect().top > innerHeight / 3) {
    result.scrollIntoView({ block: "start" });
  }
}

async function askHere() {
  running.abort();
  const mine = new AbortController();
  running = mine;
  showFault("");
  store.set({ stage: { kind: "locating" } });
  try {
    const { lon, lat, accuracyM } = await currentPosition();
    if (mine.signal.aborted) {
      return;
    }
    const here = { lon: Number(lon.toFixed(7)), lat: Number(lat.toFixed(7)) };
    place.value = placeText(lon, lat);
    system.value = "";
    await ask(
      { ...here, crs: "", at: day.value, scheme: schemeAsked(), accuracyM, sure: true },
      { push: true },
    );
  } catch (error) {
    if (!(error instanceof NoPosition)) {
      throw error;
    }
    if (!mine.signal.aborted) {
      settle({ kind: "no-position", reason: error.reason }, true);
    }
  }
}

/** @param {SubmitEvent} event */
function askWritten(event) {
  event.preventDefault();
  const found = parsePlace(place.value, data.bbox);
  if (!found) {
    showFault(t(place.value.trim() ? "lookup.unreadable" : "lookup.empty"));
    place.focus();
    return;
  }
  showFault("");
  const { lon, lat, sure } = found;
  ask(
    { lon, lat, crs: system.value, at: day.value, scheme: schemeAsked(), accuracyM: null, sure },
    { push: true },
  );
}

function schemeAsked() {
  return new URLSearchParams(location.search).get("scheme") ?? "";
}

/** @param {string} words */
function showFault(words) {
  fault.textContent = words;
  fault.hidden = words === "";
  place.setAttribute("aria-invalid", String(words !== ""));
}

function retry() {
  const { question } = store.state;
  if (question) {
    ask(question, { push: false });
  }
}

function swap() {
  const { question } = store.state;
  if (question) {
    place.value = placeText(question.lat, question.lon);
    ask({ ...question, lon: question.lat, lat: question.lon }, { push: true });
  }
}

function sharedText() {
  const { stage } = store.state;
  return stage.kind === "answered" ? summaryText(stage.answer, data.schemes, location.href) : location.href;
}

async function copy() {
  const done = await copyText(sharedText());
  store.set({ copied: t(done ? "common.copied" : "common.copy-failed") });
  announcement.textContent = store.state.copied;
}

/** Show what the address asks, and ask it. */
function askAddress() {
  const question = questionOf(location.search);
  if (!question) {
    running.abort();
    store.set({ question: null, stage: { kind: "idle" } });
    return;
  }
  place.value = `${question.lon}, ${question.lat}`;
  day.value = /^\d{4}-\d\d-\d\d/.test(question.at) ? question.at.slice(0, 10) : "";
  if (SYSTEMS.includes(question.crs)) {
    system.value = question.crs;
  }
  ask(question, { push: false });
}

function remember() {
  try {
    localStorage.setItem(REMEMBERED_SYSTEM, system.value);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

function recall() {
  try {
    const value = localStorage.getItem(REMEMBERED_SYSTEM) ?? "";
    system.value = SYSTEMS.includes(value) ? value : "";
  } catch {
    system.value = "";
  }
}

recall();
system.addEventListener("change", remember);
form.addEventListener("submit", askWritten);
document.getElementById("lookup-here")?.addEventListener("click", askHere);
window.addEventListener("popstate", askAddress);
askAddress();
