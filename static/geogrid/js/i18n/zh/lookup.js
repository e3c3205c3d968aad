/** The look-up's messages. @type {import("../messages.js").Table} */
export const lookup = {};
