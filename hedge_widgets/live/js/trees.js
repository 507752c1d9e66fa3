// A chart's layout as a tree: read and written by plotly's flat paths, such as "yaxis.range".

/** @typedef {{ [key: string]: unknown }} Tree */

/**
 * @param {unknown} value
 * @returns {value is Tree}
 */
const isTree = (value) => Boolean(value) && typeof value === "object" && !Array.isArray(value);

/**
 * What lies at a path; undefined where nothing does.
 * @param {Tree} tree
 * @param {string} path
 * @returns {unknown}
 */
export function leaf(tree, path) {
  /** @type {any} */
  let node = tree;
  for (const key of path.split(".")) node = node?.[key];
  return node;
}

/**
 * Set what lies at a path, and make the way there.
 * @param {Tree} tree
 * @param {string} path
 * @param {unknown} value
 */
export function put(tree, path, value) {
  const keys = path.split(".");
  const last = /** @type {string} */ (keys.pop());
  let node = tree;
  for (const key of keys) {
    node[key] ??= {};
    node = /** @type {Tree} */ (node[key]);
  }
  node[last] = value;
}

/**
 * The target with the changes in it, branch by branch; an array is a leaf. The target itself is changed.
 * @param {Tree} target
 * @param {Tree} changes
 * @returns {Tree}
 */
export function merged(target, changes) {
  for (const [key, value] of Object.entries(changes)) {
    target[key] = isTree(value) ? merged(/** @type {Tree} */ (target[key] ?? {}), value) : value;
  }
  return target;
}
