/**
 * What the service answers, as far as the workspace uses it.
 *
 * @typedef {{zh?: string, en?: string}} Named
 * @typedef {[number, number, number, number]} Box west, south, east, north in degrees
 *
 * @typedef {object} Level
 * @property {string} code @property {Named | string} name @property {number} ordinal
 * @property {string} rule @property {string} tier
 * @property {string | null} parent @property {number} cells @property {[number, number]} zoom
 *
 * @typedef {{number: number, effective: string, published_at: string}} Edition
 *
 * @typedef {object} SchemeInList
 * @property {string} code @property {Named | string} name @property {Named | string | null} [description]
 * @property {Edition | null} edition @property {Level[]} levels @property {Box | null} bbox
 * @property {string[]} hotlines @property {"full" | "blind_spots" | null} verdict
 *
 * @typedef {object} Draft
 * @property {number | string} id @property {string} name @property {string} state
 * @property {number | string} version @property {number | null} base_edition @property {string} visibility
 * @property {Record<string, number> | null} findings by rule
 *
 * @typedef {object} Layer
 * @property {string} code @property {Named | string} name @property {string} geometry_type
 * @property {number} count
 *
 * @typedef {SchemeInList & {editions: Edition[], drafts: Draft[], layers: Layer[],
 *   kinds: Record<string, string[]>}} Scheme by level
 *
 * @typedef {{level: string, code: string, name: string, kind?: string | null}} ChainLink
 *
 * @typedef {object} Responsible
 * @property {string} level @property {string} post @property {Named | string} [post_name]
 * @property {string | null} person @property {string | null} [phone] @property {string | null} [acting_for]
 *
 * @typedef {object} Located what one scheme answers about a place
 * @property {string} scheme @property {number | null} edition @property {boolean} on_edge
 * @property {string} method @property {unknown} [override] @property {string | null} [reason]
 * @property {ChainLink[]} cells top first
 * @property {Responsible[]} responsible
 * @property {string[]} [hotlines]
 * @property {ChainLink[]} [neighbours] further leaves that a place on a border touches
 * @property {ChainLink[]} [overlapping] further cells, of levels that do not divide land
 * @property {{code: string, name?: string, distance_m: number} | null} [nearest]
 * @property {number | null} [border_m]
 *
 * @typedef {{lon: number, lat: number, at: string | null, outside: boolean, schemes: Located[]}} Answer
 *
 * @typedef {object} Cell
 * @property {string} scheme @property {number | null} edition @property {string} code @property {string} name
 * @property {string} level @property {string | null} kind @property {number} area_m2
 * @property {ChainLink[]} chain @property {{code: string, name: string, kind?: string, area_m2: number}[]} children
 * @property {Record<string, unknown>} attributes
 * @property {{from: string | null, to: string | null}} valid
 * @property {(string | {code: string, name?: string})[]} heirs
 * @property {[number, number] | null} centre @property {Box | null} bbox
 * @property {Record<string, number>} counts objects by register
 * @property {Responsible[]} responsible
 * @property {{post: string, post_name?: Named | string}[]} vacancies
 * @property {string[]} hotlines @property {number} findings
 *
 * @typedef {object} Listed a cell in a list
 * @property {string} code @property {string} name @property {string} level @property {string | null} kind
 * @property {string | null} parent @property {number | null} area_m2
 * @property {[number, number] | null} centre @property {Box | null} bbox
 *
 * @typedef {object} Finding
 * @property {string} id @property {string} rule @property {string} level @property {string[]} cells
 * @property {Record<string, string>} [names] of the cells, by code
 * @property {number | null} area_m2 @property {number | null} width_m @property {string} severity
 * @property {string} state @property {string | null} reason @property {string | null} [message]
 * @property {Record<string, unknown> | string | null} [subject]
 * @property {GeoJSON.Geometry | null} geometry @property {[number, number] | null} at
 *
 * @typedef {object} Audit
 * @property {"full" | "blind_spots"} verdict
 * @property {Record<string, {cells: number, gaps: number, overlaps: number, gap_area_m2: number,
 *   overlap_area_m2: number, area_m2: number}>} levels
 * @property {{total: number, assigned: number, outside: number, in_gap: number, on_edge: number,
 *   straddling: number}} features
 * @property {number} vacancies
 * @property {number} [reassigning] features that are still to be assigned to a new edition
 *
 * @typedef {object} Result of a search
 * @property {"cell" | "feature"} kind @property {string} scheme @property {string} [level]
 * @property {string} [layer] @property {string} code @property {string} name @property {string} path
 * @property {[number, number] | null} centre @property {Box | null} bbox
 *
 * @typedef {object} Feature
 * @property {string} layer @property {string} key @property {Record<string, unknown>} attributes
 * @property {GeoJSON.Geometry | null} geometry
 * @property {{scheme: string, cell: string | null, cell_name?: string, method: string, share?: number,
 *   on_edge?: boolean}[]} assignments
 *
 * @typedef {{signed_in: boolean, name: string | null, roles: string[], may: string[]}} Me
 *
 * @typedef {{status: number, code: string, detail?: string, context?: Record<string, unknown>}} Trouble
 */

export {};
