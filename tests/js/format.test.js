import assert from "node:assert/strict";
import { test } from "node:test";
import {
  areaText,
  dateText,
  lengthText,
  numberText,
  placeText,
  timeText,
} from "../../static/geogrid/js/core/format.js";

test("areas change their unit where it reads better", () => {
  assert.strictEqual(areaText(0.256, "en"), "0.26 m²");
  assert.strictEqual(areaText(9_999, "en"), "9,999 m²");
  assert.strictEqual(areaText(123_400, "zh-Hans"), "12.3 ha");
  assert.strictEqual(areaText(9_807_123_456, "zh-Hans"), "9,807 km²");
});

test("lengths change their unit where it reads better", () => {
  assert.strictEqual(lengthText(0.42, "en"), "0.42 m");
  assert.strictEqual(lengthText(29.96, "en"), "30 m");
  assert.strictEqual(lengthText(1234, "en"), "1.23 km");
});

test("numbers have as many decimals as are asked for", () => {
  assert.strictEqual(numberText(1234.567, "en"), "1,235");
  assert.strictEqual(numberText(1234.567, "zh-Hans", 2), "1,234.57");
});

test("a day is the day in the zone, not in London", () => {
  assert.strictEqual(dateText("2026-11-22T16:30:00Z"), "2026-11-23");
  assert.strictEqual(dateText("2026-11-22T16:30:00Z", "UTC"), "2026-11-22");
});

test("a time says its zone", () => {
  assert.match(timeText("2026-11-22T16:30:00Z"), /^2026-11-23 00:30 (GMT|UTC)\+8$/);
});

test("a place is longitude first, to a decimetre", () => {
  assert.strictEqual(placeText(118.3375, 29.7149), "118.337500, 29.714900");
});
