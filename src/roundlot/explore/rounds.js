// The least rounds that provably bring E|x - x*|^2 to a target: the three schedules of
// roundlot.theory.rounds (theorems one_step, decreasing_steps, constant_step, best_steps).

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
