/** The look-up's messages. @type {import("../messages.js").Table} */
export const lookup = {
  "lookup.locating": "Finding your position…",
  "lookup.position-refused": "The position may not be used",
  "lookup.position-refused-help":
    "Allow this site to use your position, in the address bar or in the phone's settings, and try again; or enter coordinates.",
  "lookup.position-unavailable": "The phone gave no position",
  "lookup.position-unavailable-help":
    "Switch its location service on, step into the open and try again; or enter coordinates.",
  "lookup.position-timeout": "Finding the position took too long",
  "lookup.position-timeout-help":
    "The signal is weak. Step into the open and try again; or enter coordinates.",
  "lookup.position-unsupported": "No position can be had here",
  "lookup.position-unsupported-help":
    "The browser has none to give, or the connection is not HTTPS. Enter coordinates instead.",
  "lookup.unreachable": "The server cannot be reached",
  "lookup.unreachable-help": "Check the network. What you entered is kept: try again when it is back.",
  "lookup.nothing-in-force": "No cells were in force on that day",
  "lookup.nothing-in-force-help":
    "Nothing had been published by then. Choose another day, or clear it to ask about today.",
  "lookup.empty": "Enter coordinates, such as 118.3375, 29.7149.",
  "lookup.unreadable":
    "These are no coordinates. Write them as 118.3375, 29.7149 or as N29°42′54″ E118°20′15″.",
  "lookup.place": "The place asked for:",
  "lookup.accuracy": "accurate to ±{accuracy}",
  "lookup.accuracy-bad": "inaccurate: ±{accuracy}",
  "lookup.as-of": "as of {day}",
  "lookup.unsure": "Read as longitude first, then latitude.",
  "lookup.swap": "Swap them",
  "lookup.chain": "Cells above",
  "lookup.people": "Who answers",
  "lookup.gap": "A gap: no cell answers for this land",
  "lookup.gap-means": "It belongs to the territory but was put into no cell. Please tell the hotline.",
  "lookup.outside": "Outside the territory",
  "lookup.outside-means": "This scheme does not reach here.",
  "lookup.nobody": "No cell answers for this place",
  "lookup.nobody-help": "It lies outside the land of every scheme.",
  "lookup.nearest": "The nearest cell is {distance} away:",
  "lookup.and": " and ",
  "lookup.on-border": "Exactly on the border with {neighbours}; the rule gives it to {cell}.",
  "lookup.on-rim": "Exactly on the border of {cell}.",
  "lookup.perhaps-neighbour":
    "The border is only {distance} away and the position accurate to ±{accuracy}: you may be in the neighbouring cell.",
  "lookup.near-border": "{distance} from the border of the cell.",
  "lookup.vacant": "Nobody is in office for {cell} at present.",
  "lookup.acting-for": "acting for {person}",
  "lookup.call": "Call {who}",
  "lookup.hotline": "Hotline",
  "lookup.about-cell": "About this cell",
  "lookup.on-map": "Show on the map",
};
