// The fleet that is shown: everybody but the hidden clients, solved for any budget and method.

class Shown {
  /** hidden: one byte a client. Data weights are shared anew among who is left. */
  constructor(data, hidden) {
    this.data = data;
    // A part of the fleet has another optimum, other constants and another distance to go.
    this.ground = hidden.some(Boolean) ? null : data.ground;
    this.models = data.models.length;
    const { client, available, caps } = data.arrays;
    this.rows = [];
    for (let v = 0; v < client.length; v++) if (!hidden[client[v]]) this.rows.push(v);
    this.client = Int32Array.from(this.rows, (v) => client[v]);
    this.shares(hidden);
    const pick = (table) => this.gather((v, s) => table[v * this.models + s]);
    this.limits = {
      models: this.models,
      available: Uint8Array.from(pick(available)),
      caps: Float64Array.from(this.rows, (v) => caps[v]),
      floor: data.floor,
      ceiling: data.ceiling,
      shared: data.shared.map((_, k) => ({
        label: Int32Array.from(this.rows, (v) => data.arrays[`sharedLabel${k}`][v]),
        caps: data.arrays[`sharedCap${k}`],
      })),
    };
    const { scores } = data.arrays;
    this.views = [this.gather((v, s) => scores[v * this.models + s] * this.growth[s])];
    for (let k = 0; k < (data.ground?.ends ?? 0); k++) this.views.push(this.endScores(k));
    this.squares = this.views.map((table) => sumOf(table, (a) => a * a));
    this.sums = rowSums(this.views[0], this.models);
    this.designs = new Map();
    this.costs = new Map();
    this.table = new Float64Array(this.rows.length * this.models);
    this.spare = new Float64Array(this.table.length);
    this.holders = this.countHolders();
  }

  /** Data weights d / B of every row, and by how much they grew because clients are hidden. */
  shares(hidden) {
    const { samples, client } = this.data.arrays;
    const { models } = this;
    const all = new Float64Array(models);
    const left = new Float64Array(models);
    for (let i = 0, k = 0; i < hidden.length; i++) {
      for (let s = 0; s < models; s++, k++) {
        all[s] += samples[k];
        if (!hidden[i]) left[s] += samples[k];
      }
    }
    this.growth = all.map((total, s) => (this.data.weighted && left[s] > 0 ? total / left[s] : 1));
    const processors = new Int32Array(hidden.length);
    for (const i of client) processors[i]++;
    this.processors = processors;
    this.weights = this.gather((v, s) => {
      const i = client[v];
      return left[s] > 0 ? samples[i * models + s] / left[s] / processors[i] : 0;
    });
  }

  /** How many of the clients shown can train each model. */
  countHolders() {
    const { models, client, limits } = this;
    const holds = new Uint8Array(this.data.clients.length * models);
    for (let k = 0; k < limits.available.length; k++) {
      if (limits.available[k]) holds[client[Math.floor(k / models)] * models + (k % models)] = 1;
    }
    const counts = new Int32Array(models);
    for (let k = 0; k < holds.length; k++) counts[k % models] += holds[k];
    return counts;
  }

  gather(value) {
    const { models, rows } = this;
    const table = new Float64Array(rows.length * models);
    for (let j = 0, k = 0; j < rows.length; j++) {
      for (let s = 0; s < models; s++, k++) table[k] = value(rows[j], s);
    }
    return table;
  }

  perClient(values) {
    const { models, client } = this;
    const table = new Float64Array(client.length * models);
    for (let j = 0, k = 0; j < client.length; j++) {
      for (let s = 0; s < models; s++, k++) table[k] = values[client[j] * models + s];
    }
    return table;
  }

  endScores(k) {
    const norms = this.perClient(this.data.arrays[`endNorms${k}`]);
    const root = this.data.arrays.lambda.map(Math.sqrt);
    return norms.map((g, j) => this.weights[j] * g * root[j % this.models]);
  }

  /** Which methods can be evaluated exactly for this fleet. */
  get methods() {
    const { limits, data } = this;
    const plain = limits.floor === 0 && limits.ceiling >= limits.caps.reduce((a, b) => Math.max(a, b), 0);
    return METHODS.filter(
      (one) =>
        one.name === "optimum" ||
        (limits.shared.length === 0 &&
          (!one.plain || plain) &&
          (one.sizes !== "losses" || data.arrays.losses)),
    );
  }

  sizes(kind, view) {
    const { available } = this.limits;
    if (kind === "scores") return this.views[view];
    if (kind === "even") return Float64Array.from(available);
    if (kind === "weights") return this.weights;
    if (kind === "evenRows") {
      const held = rowSums(available, this.models);
      return Float64Array.from(available, (one, k) => one / Math.max(held[Math.floor(k / this.models)], 1));
    }
    const { losses, lambda } = this.data.arrays;
    const table = this.perClient(view ? this.data.arrays[`endLosses${view - 1}`] : losses);
    const scale = table.reduce((most, one) => Math.max(most, one), 2 ** -1022);
    const root = lambda.map(Math.sqrt);
    return table.map((f, k) => (available[k] ? this.weights[k] * (f / scale) * root[k % this.models] : 0));
  }

  /** The design of a method for the scores of a view; those that ignore scores share one. */
  design(method, view = 0) {
    const floors = method.name === "optimum" ? "optimum" : "rest";
    const key = `${method.sizes} ${this.limits.floor ? floors : ""} ${this.limits.shared.length ? floors : ""}`;
    const place = method.sizes === "scores" || method.sizes === "losses" ? `${key} ${view}` : key;
    if (!this.designs.has(place)) {
      const sizes = this.sizes(method.sizes, view);
      this.designs.set(place, makeDesign(this.limits, sizes, method.name !== "optimum"));
    }
    return this.designs.get(place);
  }

  get least() {
    return leastOf(this.design(METHODS[0]).path);
  }

  get most() {
    return mostOf(this.design(METHODS[0]).path);
  }

  probabilities(method, budget, view = 0, out = this.table) {
    const design = this.design(method, view);
    return writeProbabilities(design, method.level(design, budget), out);
  }

  /** Σ λ Var of a method at a budget for a view, from the sums along its path. */
  pathVariance(method, budget, view = 0) {
    const design = this.design(method, view);
    const place = costsPlace(method, view);
    if (!this.costs.has(place)) this.costs.set(place, designCosts(design, this.views[view]));
    const costs = this.costs.get(place);
    if (!costs) {
      const p = this.probabilities(method, budget, view, this.spare);
      return total(modelVariance(this.views[view], p, this.models));
    }
    const cost = costAt(design.path, costs, method.level(design, budget));
    return Math.max(cost - this.squares[view], 0);
  }

  /** Σ λ Var, in a few steps where the path's sums carry eleven digits of it, else afresh. */
  variance(method, budget, view = 0) {
    const quick = this.pathVariance(method, budget, view);
    if (quick > SURE * this.squares[view] || !this.costs.has(costsPlace(method, view))) return quick;
    const p = this.probabilities(method, budget, view, this.spare);
    return total(modelVariance(this.views[view], p, this.models));
  }

  /** In the unit of the scores as they were given. */
  unscaled(variance) {
    const unit = 2 ** this.data.exponent;
    return variance * unit * unit;
  }

  /** Rounds to the target and the least there can be, of a method that keeps its probabilities. */
  rounds(method, budget) {
    const { ground } = this;
    if (!ground) return { rounds: NaN, least: NaN };
    const of = {
      L: ground.smoothness,
      mu: ground.strongConvexity,
      initial: ground.initial,
      target: ground.target,
      ...(ground.ends ? this.growingVariance(method, budget) : this.oneVariance(method, budget)),
    };
    const rounds = of.slope > 0 ? growingRounds(of) : roundsToTarget(ground, of.noise);
    return { rounds, least: Number.isFinite(rounds) ? fewestRounds(of) : rounds };
  }

  /** For the given scores: no bound on how it grows is known. */
  oneVariance(method, budget) {
    const noise = this.unscaled(this.variance(method, budget)) / this.data.ground.leastWeight;
    return { slope: 0, split: 0, noise };
  }

  /** The slope and the noise at the optimum, with the probabilities for the start's gradients. */
  growingVariance(method, budget) {
    const { models, client, weights, processors } = this;
    const { clientSmoothness, lambda } = this.data.arrays;
    const p = this.probabilities(method, budget, START, this.spare);
    const misses = new Float64Array(this.data.clients.length * models);
    let slope = 0;
    for (let j = 0, k = 0; j < client.length; j++) {
      for (let s = 0; s < models; s++, k++) {
        if (!(weights[k] > 0)) continue;
        const place = client[j] * models + s;
        misses[place] += Math.max(1 / p[k] - 1, 0);
        const found = ((weights[k] * clientSmoothness[place]) / processors[client[j]]) * misses[place];
        slope = Math.max(slope, found);
      }
    }
    const variances = modelVariance(this.views[OPTIMUM], p, models);
    return { slope, split: slope, noise: total(variances.map((one, s) => one / lambda[s])) };
  }

  /** Variance and rounds of a method at a budget. */
  judge(method, budget) {
    const found = this.variance(method, budget);
    return { variance: this.unscaled(found), scaled: found, ...this.rounds(method, budget) };
  }

  /** Everything the page says of a method at a budget. */
  evaluate(method, budget) {
    const { models, limits } = this;
    const p = this.probabilities(method, budget);
    const totals = rowSums(p, models);
    const modelDraws = new Float64Array(models);
    for (let k = 0; k < p.length; ) for (let s = 0; s < models; s++) modelDraws[s] += p[k++];
    let capped = 0;
    for (let v = 0; v < totals.length; v++) if (totals[v] >= limits.caps[v] * AT_CAP) capped++;
    const level = shareLevel(this.design(METHODS[0]), budget);
    const root = level * 2 ** this.data.exponent;
    const perModel = modelVariance(this.views[0], p, models);
    const variance = total(perModel);
    return {
      p,
      totals,
      level,
      draws: sumOf(totals, (q) => q),
      modelDraws,
      uploads: uploads(p, this.client, models, this.data.clients.length),
      capped,
      price: root * root,
      variance: this.unscaled(variance),
      scaled: variance, // finite where the unit of the scores is not
      modelVariance: Array.from(perModel, (one, s) => this.unscaled(one) / this.data.arrays.lambda[s]),
      ...this.rounds(method, budget),
    };
  }
}

// The views of the gradients where training starts and ends.
const START = 1;
const OPTIMUM = 2;

// A path's sums are right to some 1e-15 of Σ a²/p; a variance above this part of Σ a² to 1e-11.
const SURE = 1e-3;

const costsPlace = (method, view) =>
  `${method.name === "optimum" || method.plain ? "scores" : method.name} ${view}`;

function sumOf(values, term) {
  const sum = new Sum();
  for (let k = 0; k < values.length; k++) sum.add(term(values[k]));
  return sum.value;
}

/** Σ_v a² (1/p − 1) of each model, sums compensated; infinite where p = 0 < a. */
function modelVariance(scores, p, models) {
  const high = new Float64Array(models);
  const low = new Float64Array(models);
  for (let k = 0; k < p.length; ) {
    for (let s = 0; s < models; s++, k++) {
      const a = scores[k];
      if (!(a > 0)) continue;
      const value = p[k] > 0 ? a * (a / p[k]) * (1 - p[k]) : Infinity;
      const total = high[s] + value;
      const shadow = total - high[s];
      low[s] += high[s] - (total - shadow) + (value - shadow);
      high[s] = total;
    }
  }
  return high.map((one, s) => (one === Infinity ? one : one + low[s]));
}

const total = (values) => values.reduce((sum, one) => sum + one, 0);

/** Distinct messages of a client about a model, expected in a round: 1 − Π (1 − p), stably. */
function uploads(p, client, models, clients) {
  const heard = new Float64Array(clients * models);
  for (let j = 0, k = 0; j < client.length; j++) {
    for (let at = client[j] * models, s = 0; s < models; s++, k++, at++) heard[at] += p[k] * (1 - heard[at]);
  }
  return sumOf(heard, (one) => one);
}
