// The least rounds that provably bring E|x - x*|^2 to a target, as roundlot.theory.rounds has them:
// three schedules where the variance has one bound on the whole path, the best steps in pieces where
// it grows; and the rounds that no step sizes fixed in advance undercut (theorem lower_rounds).

const UNCOUNTABLE = 2 ** 53;

function roundsToTarget(ground, variance) {
  if (!Number.isFinite(variance)) return Infinity;
  const setting = {
    L: ground.smoothness,
    mu: ground.strongConvexity,
    variance,
    initial: ground.initial,
    target: ground.target,
  };
  return Math.min(switchedRounds(setting), decreasingRounds(setting), constantRounds(setting));
}

const largestStep = (of) => 2 / (of.L + of.mu);
const stall = (of, step) => (step * of.variance) / (of.mu * (2 - step * of.mu));

function decayTime(of, step, target = of.target) {
  if (of.initial <= target) return 0;
  const floor = stall(of, step);
  if (!(target > floor)) return Infinity;
  const shrink = -2 * Math.log1p(-Math.min(step * of.mu, 1));
  return Math.log((of.initial - floor) / (target - floor)) / shrink;
}

/** The least whole t with curve(t) <= target, near a guess; Infinity if uncountable. */
function leastRounds(curve, guess, of, target = of.target) {
  if (of.initial <= target) return 0;
  if (!(guess < UNCOUNTABLE)) return Infinity;
  let low = Math.max(0, Math.ceil(guess));
  let high = low;
  let width = 1;
  while (curve(high) > target) {
    [low, high, width] = [high, high + width, 2 * width];
    if (!(high < 4 * UNCOUNTABLE)) return Infinity;
  }
  while (low > 0 && curve(low) <= target) [low, high, width] = [Math.max(0, low - width), low, 2 * width];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (curve(middle) <= target) high = middle;
    else low = middle;
  }
  return high;
}

function steadyCurve(of, step) {
  const floor = stall(of, step);
  const contraction = (1 - step * of.mu) ** 2;
  return (t) => floor + contraction ** t * (of.initial - floor);
}

function constantRounds(of) {
  const step = of.initial <= of.target ? largestStep(of) : bestStep(of);
  return step === null ? Infinity : leastRounds(steadyCurve(of, step), decayTime(of, step), of);
}

/** A grid in the logarithm, refined three times around its best. */
function bestStep(of) {
  let highest = largestStep(of);
  if (of.variance > 0) {
    const limit = (2 * of.target * of.mu) / (of.variance + of.target * of.mu ** 2);
    highest = Math.min(highest, limit * (1 - 1e-9));
  }
  let low = Math.log(highest) - 12;
  let high = Math.log(highest);
  let step = highest;
  for (let round = 0; round < 4; round++) {
    const width = (high - low) / 256;
    const grid = Array.from({ length: 257 }, (_, i) =>
      Math.min(Math.exp(i === 256 ? high : low + i * width), highest),
    );
    let best = 0;
    let least = Infinity;
    grid.forEach((one, i) => {
      const time = decayTime(of, one);
      if (time < least) [least, best] = [time, i];
    });
    if (!Number.isFinite(least)) return null;
    step = grid[best];
    low = Math.log(grid[Math.max(best - 1, 0)]);
    high = Math.log(grid[Math.min(best + 1, 256)]);
  }
  return step;
}

function decreasingRounds(of) {
  const scale = bestScale(of);
  const surplus = scale * of.mu - 1;
  const needed = of.variance > 0 ? (scale ** 2 * of.variance) / surplus : 0;
  let offset = (scale * (of.L + of.mu)) / 2;
  if (of.initial > 0) offset = Math.max(offset, needed / of.initial);
  const C = Math.max(offset * of.initial, needed);
  return leastRounds((t) => C / (t + offset), C / of.target - offset, of);
}

function bestScale(of) {
  if (of.variance === 0) return 1 / of.mu;
  const total = of.L + of.mu;
  const highest = 2 / of.mu;
  const room = of.mu * total * of.initial - 2 * of.variance;
  const crossing = room > 0 ? (total * of.initial) / room : highest;
  return Math.min(highest, Math.max(crossing, (1 + 1e-9) / of.mu));
}

/** The largest step while it beats all others, then 1/mu/(t + offset). */
function switchedRounds(of) {
  const step = largestStep(of);
  const early = steadyCurve(of, step);
  const whole = (goal) => leastRounds(early, decayTime(of, step, goal), of, goal);
  const turning = of.mu === of.L ? Infinity : (2 * of.variance) / (of.mu * (of.L - of.mu));
  const turn = of.variance > 0 ? whole(turning) : Infinity;
  const rounds = of.target > stall(of, step) ? whole(of.target) : Infinity;
  if (turn === Infinity || rounds <= turn) return rounds;
  const C = of.variance / of.mu ** 2;
  const offset = of.initial > 0 ? C / early(turn) - turn : 1;
  return leastRounds((t) => C / (t + offset), C / of.target - offset, of);
}

// Where the variance is at most 2(S + θM)(F(x) − F*) + (1 + 1/θ)σ²: of: { L, mu, slope, noise, split,
// initial, target }, S, σ² and M. A piece lets the bound fall by this share.
const PIECE = 1 / 128;

function growingRounds(of) {
  if (!(Number.isFinite(of.slope) && Number.isFinite(of.noise))) return Infinity;
  let bound = of.initial;
  let rounds = 0;
  while (bound > of.target) {
    const { at, whole } = growingPiece(of, bound);
    let count = whole;
    let after = at(count);
    if (after <= of.target) {
      count = leastOfPiece(at, count, of.target);
      after = of.target;
    }
    if (!(rounds + count < UNCOUNTABLE && after < bound)) return Infinity;
    bound = after;
    rounds += count;
  }
  return rounds;
}

/** (S, σ²) with the least σ² + μSa at a. */
function bestPair(of, a) {
  if (of.split === 0 || of.noise === 0) return [of.slope, of.noise];
  let share = Math.sqrt(of.noise / of.mu / of.split / a);
  if (!(share > 0 && share < Infinity)) share = 1;
  return [of.slope + share * of.split, (1 + 1 / share) * of.noise];
}

function growingPiece(of, bound) {
  const { L, mu } = of;
  const [slope, noise] = bestPair(of, bound);
  const ratio = (noise + mu * slope * bound) / mu / mu / bound;
  const longest = slope <= L - mu ? 2 / (L + mu + slope) : 1 / (mu + slope);
  if (!(1 / mu > longest * (1 + ratio))) {
    return { at: (n) => bound * (ratio / (ratio + n)), whole: wholeRounds(PIECE * ratio) };
  }
  const lost = longest * mu * (2 - longest * (mu + slope));
  const floor = (longest * longest * noise) / lost;
  return {
    at: (n) => floor + wholePower(1 - lost, n) * (bound - floor),
    whole: wholeRounds(PIECE / lost),
  };
}

const wholeRounds = (rounds) => Math.max(1, Math.floor(Math.min(rounds, UNCOUNTABLE)));

/** Products alone, which every machine rounds alike. */
function wholePower(base, exponent) {
  let found = 1;
  for (let n = exponent; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) found *= base;
    base *= base;
  }
  return found;
}

function leastOfPiece(at, count, target) {
  let low = 0;
  let high = count;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (at(middle) <= target) high = middle;
    else low = middle;
  }
  return high;
}

/** Rounds that every sequence of steps needs on μ/2 ‖x‖² with variance σ² + 2S(F(x) − F*). */
function fewestRounds({ mu, slope, noise, initial, target }) {
  if (initial <= target) return 0;
  if (!(Number.isFinite(slope) && Number.isFinite(noise))) return Infinity;
  if (slope === 0 || noise === 0) {
    const flat =
      slope === 0
        ? (noise / mu / mu) * (1 / target - 1 / initial)
        : Math.log(initial / target) / Math.log1p(mu / slope);
    return Math.max(1, Math.ceil(Math.min(flat * (1 - 1e-12), UNCOUNTABLE)));
  }
  const last = (1 - 1e-12) / target;
  let inverse = 1 / initial;
  let rounds = 0;
  while (inverse < last) {
    const goal = Math.min(last, inverse * (1 + PIECE));
    let growth = (mu * mu) / (noise + (mu * slope) / goal);
    let count = Math.floor((goal - inverse) / growth);
    if (count < 1) [count, growth] = [1, (mu * mu) / (noise + (mu * slope) / inverse)];
    inverse += count * growth;
    rounds += count;
    if (rounds >= UNCOUNTABLE) return UNCOUNTABLE;
  }
  return rounds;
}
