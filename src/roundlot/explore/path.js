// The path over the budget: at level r an item gets slope / r, between the levels `enter` and
// `leave`, and a constant before and after. Between events the total is held + free / r.

const FADED = 2 ** -36;

/**
 * items: { slope, leave, before, after, enter (null: all free from the beginning), still }
 * Arrays of one length; `still` are draws of what never moves.
 */
function makePath(items) {
  const n = items.slope.length;
  const entering = [];
  if (items.enter) for (let i = 0; i < n; i++) if (items.enter[i] < Infinity) entering.push(i);
  const keys = new Float64Array(entering.length + n);
  entering.forEach((i, k) => (keys[k] = items.enter[i]));
  keys.set(items.leave, entering.length);
  const order = fallingOrder(keys);
  const path = {
    items,
    entering,
    order,
    levels: new Float64Array(order.length),
    reached: new Float64Array(order.length),
    held: new Float64Array(order.length + 1),
    heldLow: new Float64Array(order.length + 1),
    free: new Float64Array(order.length + 1),
  };
  walk(path, keys);
  return path;
}

function walk(path, keys) {
  const { items, entering, order } = path;
  const held = new Sum(items.still);
  let free = new Sum();
  const waits = new Uint8Array(items.slope.length);
  for (const i of entering) waits[i] = 1;
  for (let i = 0; i < waits.length; i++) {
    if (waits[i]) held.add(items.before[i]);
    else free.add(items.slope[i]);
  }
  let peak = free.high;
  let most = held.value;
  path.held[0] = held.high;
  path.heldLow[0] = held.low;
  path.free[0] = free.value;
  for (let k = 0; k < order.length; k++) {
    const enters = order[k] < entering.length;
    const i = enters ? entering[order[k]] : order[k] - entering.length;
    const level = keys[order[k]];
    held.add(enters ? -items.before[i] : items.after[i]);
    free.add(enters ? items.slope[i] : -items.slope[i]);
    peak = Math.max(peak, free.high);
    const last = k + 1 === order.length || keys[order[k + 1]] < level;
    if (last && free.value < FADED * peak) {
      free = freeAfresh(items, level);
      peak = free.high;
    }
    most = Math.max(most, held.value + free.value / level);
    path.levels[k] = level;
    path.reached[k] = most;
    path.held[k + 1] = held.high;
    path.heldLow[k + 1] = held.low;
    path.free[k + 1] = free.value;
  }
}

/** What is free just below a level. */
function freeAfresh(items, level) {
  const free = new Sum();
  for (let i = 0; i < items.slope.length; i++) {
    if (items.leave[i] < level && (!items.enter || level <= items.enter[i])) free.add(items.slope[i]);
  }
  return free;
}

const leastOf = (path) => path.held[0] + path.heldLow[0];
const mostOf = (path) => (path.reached.length ? path.reached[path.reached.length - 1] : leastOf(path));

/** The level that spends a budget; 0 where the budget is slack. */
function levelAt(path, budget) {
  const k = atMost(path.reached, budget);
  if (k === path.levels.length) return 0;
  const left = budget - path.held[k] - path.heldLow[k];
  const level = left > 0 ? path.free[k] / left : Infinity;
  const high = k ? path.levels[k - 1] : Number.MAX_VALUE;
  return Math.min(Math.max(level, path.levels[k]), high);
}

/** One step of Newton from a level downwards: what AOCS does with secure sums. */
function rescaledLevel(path, budget, level) {
  const k = atLeast(path.levels, level);
  const left = budget - path.held[k] - path.heldLow[k];
  const free = path.free[k];
  return free > 0 && left > free / level ? free / left : level;
}

/**
 * Running sums of a cost that is coefficient * r while an item is free: rows of (held, free) sums.
 * Where items begin at a floor that is above 0 they cost coefficient * slope / before until then.
 */
function makeCosts(path, coefficient, still) {
  const { items, entering, order } = path;
  const held = new Sum(still);
  const free = new Sum();
  const waits = new Uint8Array(items.slope.length);
  for (const i of entering) waits[i] = 1;
  for (let i = 0; i < waits.length; i++) {
    if (waits[i]) held.add((coefficient[i] * items.slope[i]) / items.before[i]);
    else free.add(coefficient[i]);
  }
  const costs = { held: new Float64Array(order.length + 1), free: new Float64Array(order.length + 1) };
  costs.held[0] = held.value;
  costs.free[0] = free.value;
  for (let k = 0; k < order.length; k++) {
    const enters = order[k] < entering.length;
    const i = enters ? entering[order[k]] : order[k] - entering.length;
    const end = enters ? -items.before[i] : items.after[i];
    held.add((coefficient[i] * items.slope[i]) / end);
    free.add(enters ? coefficient[i] : -coefficient[i]);
    costs.held[k + 1] = held.value;
    costs.free[k + 1] = Math.max(free.value, 0);
  }
  return costs;
}

/** The cost at a level: exact, however many items there are, in a few steps. */
function costAt(path, costs, level) {
  const k = atLeast(path.levels, level);
  return costs.held[k] + (costs.free[k] > 0 ? costs.free[k] * level : 0);
}
