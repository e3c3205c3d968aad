/**
 * Where the device is.
 *
 * @typedef {{lon: number, lat: number, accuracyM: number}} Position
 * @typedef {"refused" | "unavailable" | "timeout" | "unsupported"} Reason
 */

const PATIENCE_MS = 15_000;
/** An inspector walks: what was true a few seconds ago still is. */
const FRESH_MS = 5_000;

/** Why there is no position. */
export class NoPosition extends Error {
  /** @param {Reason} reason */
  constructor(reason) {
    super(reason);
    this.name = "NoPosition";
    this.reason = reason;
  }
}

/**
 * Ask the device; the browser asks its user first.
 *
 * @returns {Promise<Position>} WGS 84
 * @throws {NoPosition}
 */
export function currentPosition() {
  return new Promise((resolve, reject) => {
    // Browsers give positions to pages that came over a safe connection only.
    if (!globalThis.isSecureContext || !("geolocation" in navigator)) {
      reject(new NoPosition("unsupported"));
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lon: coords.longitude, lat: coords.latitude, accuracyM: coords.accuracy }),
      (error) => reject(new NoPosition(reasonOf(error))),
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: FRESH_MS },
    );
  });
}

/**
 * @param {GeolocationPositionError} error
 * @returns {Reason}
 */
function reasonOf(error) {
  if (error.code === error.PERMISSION_DENIED) {
    return "refused";
  }
  return error.code === error.TIMEOUT ? "timeout" : "unavailable";
}
