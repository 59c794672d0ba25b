// Designs: probabilities in proportion to sizes, under floors, ceilings, caps of processors and,
// for the optimum, of clients and groups. p = offset + clip(size / max(r, own), low, high).

const AT_CAP = 1 - 1e-12;

/**
 * limits: { models, available, caps, floor, ceiling, shared } of the rows shown.
 * beyondFloors: floors come first and the sizes share what is left, as approximations do.
 */
function makeDesign(limits, sizes, beyondFloors) {
  const offset = beyondFloors ? limits.floor : 0;
  const shared = beyondFloors ? [] : limits.shared;
  const design = {
    limits,
    sizes,
    offset,
    low: beyondFloors ? 0 : limits.floor,
    high: limits.ceiling - offset,
    caps: limits.caps,
    spent: 0,
  };
  if (offset > 0) leaveFloors(design);
  const cap = design.caps.reduce((most, one) => Math.max(most, one), 0);
  design.rowwise = limits.floor === 0 && limits.ceiling >= cap && shared.length === 0;
  design.own = design.rowwise ? rowsOwn(design) : entriesOwn(design, shared);
  design.path = makePath(design.rowwise ? rowItems(design) : entryItems(design));
  return design;
}

function leaveFloors(design) {
  const { models, available, caps } = design.limits;
  design.caps = caps.map((cap, v) => {
    let pairs = 0;
    for (let s = 0; s < models; s++) pairs += available[v * models + s];
    design.spent += design.offset * pairs;
    return Math.max(cap - design.offset * pairs, 0);
  });
}

function rowSums(table, width) {
  const sums = new Float64Array(table.length / width);
  for (let v = 0, k = 0; v < sums.length; v++) for (let s = 0; s < width; s++) sums[v] += table[k++];
  return sums;
}

function rowsOwn(design) {
  design.sums = rowSums(design.sizes, design.limits.models);
  return design.sums.map((sum, v) => sum / design.caps[v]);
}

function rowItems(design) {
  const rows = [];
  design.sums.forEach((sum, v) => sum > 0 && rows.push(v));
  design.rows = rows;
  return {
    slope: Float64Array.from(rows, (v) => design.sums[v]),
    leave: Float64Array.from(rows, (v) => design.own[v]),
    before: new Float64Array(rows.length),
    after: Float64Array.from(rows, (v) => design.caps[v]),
    enter: null,
    still: 0,
  };
}

/** Levels at which rows meet their caps, then clients and groups, finest first. */
function entriesOwn(design, shared) {
  const n = design.caps.length;
  const own = new Float64Array(n);
  for (let v = 0; v < n; v++) own[v] = meeting(design, own, [v], design.caps[v]);
  for (const { label, caps } of shared) {
    const members = Array.from(caps, () => []);
    for (let v = 0; v < n; v++) members[label[v]].push(v);
    members.forEach((rows, g) => {
      const asked = rows.length ? meeting(design, own, rows, caps[g]) : 0;
      for (const v of rows) own[v] = Math.max(own[v], asked);
    });
  }
  return own;
}

/** The level at which some rows together meet a cap; 0 if they stay below it. */
function meeting(design, own, rows, cap) {
  const path = makeSmallPath({ ...design, own }, rows);
  return path && mostOf(path) > cap ? levelAt(path, cap) : 0;
}

/** Nothing where the cap could not bind whatever the sizes; spares most rows their path. */
function makeSmallPath(design, rows) {
  return makePath(entryItems(design, rows));
}

function entryItems(design, only) {
  const { limits, sizes, own, low, high } = design;
  const { models, available } = limits;
  const moving = { slope: [], leave: [], before: [], after: [], enter: [], entry: [] };
  const still = new Sum();
  const stay = [];
  const rows = only ?? { length: design.caps.length };
  for (let j = 0; j < rows.length; j++) {
    const v = only ? only[j] : j;
    for (let k = v * models; k < (v + 1) * models; k++) {
      if (!available[k]) continue;
      const size = sizes[k];
      const root = own[v];
      const most = size > 0 ? clip(root > 0 ? size / root : Infinity, low, high) : low;
      const enter = low > 0 ? size / low : Infinity;
      const leave = Math.max(size / high, root);
      if (size > 0 && leave < enter && most > low) {
        moving.slope.push(size);
        moving.leave.push(leave);
        moving.before.push(low);
        moving.after.push(most);
        moving.enter.push(enter);
        moving.entry.push(k);
      } else {
        still.add(most);
        stay.push(k, most);
      }
    }
  }
  if (!only) Object.assign(design, { entries: moving.entry, stay });
  return {
    slope: Float64Array.from(moving.slope),
    leave: Float64Array.from(moving.leave),
    before: Float64Array.from(moving.before),
    after: Float64Array.from(moving.after),
    enter: low > 0 ? Float64Array.from(moving.enter) : null,
    still: still.value,
  };
}

const clip = (value, low, high) => Math.min(Math.max(value, low), high);

/** Probabilities (rows x models) at a level, into `out`. */
function writeProbabilities(design, level, out) {
  const { limits, sizes, own, low, high, offset } = design;
  const { models, available } = limits;
  for (let v = 0, k = 0; v < own.length; v++) {
    const root = Math.max(level, own[v]);
    for (let s = 0; s < models; s++, k++) {
      if (!available[k]) {
        out[k] = 0;
        continue;
      }
      const share = sizes[k] > 0 ? (root > 0 ? sizes[k] / root : Infinity) : 0;
      out[k] = offset + clip(share, low, high);
    }
  }
  return out;
}

/** Running costs of a design for scores `a`: what makes Σ a²/p exact along the path. */
function designCosts(design, scores) {
  if (design.offset > 0) return null;
  const coefficient = new Float64Array(design.path.items.slope.length);
  const cost = (k, size) => (scores[k] > 0 ? (scores[k] * scores[k]) / size : 0);
  if (design.rowwise) {
    const { models, available } = design.limits;
    let silent = false;
    design.rows.forEach((v, i) => {
      for (let k = v * models; k < (v + 1) * models; k++) coefficient[i] += cost(k, design.sizes[k]);
    });
    design.sums.forEach((sum, v) => {
      if (sum > 0) return;
      for (let k = v * models; k < (v + 1) * models; k++) silent ||= available[k] && scores[k] > 0;
    });
    return makeCosts(design.path, coefficient, silent ? Infinity : 0);
  }
  design.entries.forEach((k, i) => (coefficient[i] = cost(k, design.sizes[k])));
  const still = new Sum();
  for (let j = 0; j < design.stay.length; j += 2) still.add(cost(design.stay[j], design.stay[j + 1]));
  return makeCosts(design.path, coefficient, still.value);
}

const shareLevel = (design, budget) => levelAt(design.path, budget - design.spent);
const clippedLevel = (design, budget) => design.path.free[0] / budget;

/** AOCS: clip, then rescale what is below its cap a few times. */
function aocsLevel(times) {
  return (design, budget) => {
    let level = clippedLevel(design, budget);
    for (let k = 0; k < times; k++) level = rescaledLevel(design.path, budget, level);
    return level;
  };
}

/** Every method the page knows: what it is proportional to, and how it finds its level. */
const METHODS = [
  { name: "optimum", needs: "every norm", sizes: "scores", level: shareLevel },
  { name: "uniform", needs: "nothing", sizes: "even", level: shareLevel },
  { name: "random model", needs: "nothing", sizes: "evenRows", level: shareLevel },
  { name: "data size", needs: "data sizes", sizes: "weights", level: shareLevel },
  { name: "loss", needs: "one forward pass", sizes: "losses", level: shareLevel },
  { name: "clipped", needs: "a secure sum of norms", sizes: "scores", level: clippedLevel, plain: true },
  ...[1, 2, 3, 4].map((k) => ({
    name: `AOCS ${k}`,
    needs: "secure sums of norms",
    sizes: "scores",
    level: aocsLevel(k),
    plain: true,
  })),
];
