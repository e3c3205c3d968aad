/** Taking an answer elsewhere. */

/**
 * Put a text on the clipboard.
 *
 * @param {string} text
 * @returns {Promise<boolean>} whether it is there
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether the device has a menu for sharing. */
export const canShare = "share" in (globalThis.navigator ?? {});

/**
 * Open the device's menu for sharing.
 *
 * @param {{title: string, text: string, url: string}} what
 * @returns {Promise<void>} also when the reader changed his mind
 */
export async function share(what) {
  try {
    await navigator.share(what);
  } catch (error) {
    if (!(error instanceof DOMException)) {
      throw error;
    }
  }
}
