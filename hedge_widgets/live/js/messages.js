// The contract between kernel and browser: every message and every trait by which page.py and the browser speak, written
// down once. Types only; nothing of it is sent to the browser. A test holds page.py to it, tsc the modules beside it.

/**
 * Where a column of a picture lies in its block of bytes (codec.py).
 * @typedef {object} Column
 * @property {string} key "part/column"
 * @property {number} length values per row
 * @property {"f8" | "i2"} kind float64, or int16 to be multiplied by the scale
 * @property {number} scale
 * @property {number} offset bytes from the start of the block
 */

/**
 * A number format of style.FORMATS.
 * @typedef {object} NumberFormat
 * @property {number} decimals
 * @property {number} significant
 * @property {string} [prefix]
 * @property {string} [suffix]
 * @property {number} [scale]
 * @property {boolean} [plus]
 * @property {boolean} [cents]
 */

/**
 * A flat relayout dictionary, such as {"yaxis.range": [0, 1]}.
 * @typedef {Record<string, unknown>} LayoutChanges
 */

// ---- from the kernel

/**
 * Every row of a slider: the moving columns at each of its positions, the other sliders at `at`.
 * @typedef {object} TableMessage
 * @property {"table"} kind
 * @property {string} slider
 * @property {Column[]} columns
 * @property {number} revision
 * @property {number[]} at
 */

/**
 * The picture at `at`, every column of it.
 * @typedef {object} ExactMessage
 * @property {"exact"} kind
 * @property {"ask" | "rest" | "refresh"} why the question it answers, or a change that is no slider's
 * @property {Column[]} columns
 * @property {Record<string, LayoutChanges>} layouts by part
 * @property {number} revision
 * @property {number[]} at
 */

/**
 * What was typed is understood.
 * @typedef {object} TakenMessage
 * @property {"taken"} kind
 * @property {string} control
 * @property {string} text a remark, or ""
 */

/**
 * plotly.js itself, gzipped, in the first buffer.
 * @typedef {object} LibraryMessage
 * @property {"plotly"} kind
 */

/**
 * What was sent before the question of this count has been taken, and what came of it has been said.
 * @typedef {object} ToldMessage
 * @property {"told"} kind
 * @property {number} count
 */

/** @typedef {TableMessage | ExactMessage | TakenMessage | LibraryMessage | ToldMessage} FromKernel */

// ---- to the kernel

/**
 * A slider's table, please.
 * @typedef {object} TableQuestion
 * @property {"table"} kind
 * @property {string} slider
 * @property {number} revision
 * @property {number[]} at
 */

/**
 * The picture between two rows, while the hand moves.
 * @typedef {object} AskQuestion
 * @property {"ask"} kind
 * @property {number} revision
 * @property {number[]} at
 */

/**
 * The hand rests.
 * @typedef {object} RestQuestion
 * @property {"rest"} kind
 * @property {number} revision
 * @property {number[]} at
 */

/**
 * A box is left; the kernel reads what was typed.
 * @typedef {object} TypedQuestion
 * @property {"typed"} kind
 * @property {string} control
 * @property {string} text
 */

/**
 * What stands in the address behind #name=.
 * @typedef {object} ArrivalQuestion
 * @property {"arrival"} kind
 * @property {string} name
 * @property {string} text
 * @property {string} before what this tab last saw of the page
 */

/**
 * The chart library, where the server has no file of it.
 * @typedef {object} LibraryQuestion
 * @property {"plotly"} kind
 */

/**
 * An answer when all that was sent before is taken: somebody leaves the page.
 * @typedef {object} TellQuestion
 * @property {"tell"} kind
 * @property {number} count
 */

/** @typedef {TableQuestion | AskQuestion | RestQuestion | TypedQuestion | ArrivalQuestion | LibraryQuestion | TellQuestion} ToKernel */

// ---- traits

/**
 * A sentence beside a control; empty when nothing is refused.
 * @typedef {object} Refusal
 * @property {string} [control] "slider-name" or "other-n"
 * @property {string} [text]
 * @property {string | null} [typed] what stays in the box
 * @property {number} [count] so that the same refusal twice is a change
 */

/**
 * @typedef {object} Settings
 * @property {Record<string, Record<string, string>>} palette by theme, colours by name
 * @property {Record<string, NumberFormat>} formats
 * @property {string} plotly version
 * @property {string} integrity of its file
 */

/**
 * The traits of Live that the browser reads.
 * @typedef {object} LiveTraits
 * @property {string[]} sliders model addresses
 * @property {string[]} others model addresses
 * @property {string[]} names of the sliders
 * @property {number[][]} positions ascending, in the slider's unit
 * @property {string[]} units
 * @property {number[]} start where the kernel has the sliders
 * @property {number} revision
 * @property {string} notice
 * @property {Refusal} refusal
 * @property {Record<string, string[]>} words
 * @property {string} address the state, "" where the page is as it opened
 * @property {Settings} settings
 */

/**
 * The traits of a part of the page.
 * @typedef {object} PartTraits
 * @property {string} live model address
 * @property {"chart" | "text" | "banner" | "marks"} role
 * @property {string} key
 * @property {string} spec JSON
 */
