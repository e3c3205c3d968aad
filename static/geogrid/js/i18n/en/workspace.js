/** The map's messages. @type {import("../messages.js").Table} */
export const workspace = {};
