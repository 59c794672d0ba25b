// Variance and rounds over the budget: a method's curves, and the two charts of them.

const GRID = 140;

class Curves {
  /** move(m) is called while somebody drags in a chart. */
  constructor(data, move) {
    this.data = data;
    this.variances = new CurveChart(byId("variance-curve"), "update variance", "Update variance over the budget", move);
    this.rounds = new CurveChart(byId("rounds-curve"), "rounds", "Rounds to the target over the budget", move);
  }

  /** Other clients are shown: the curves are computed when they are asked for. */
  restart(shown, bounds) {
    this.shown = shown;
    this.known = new Map();
    byId("rounds-figure").hidden = !shown.ground;
    const { low, high } = bounds;
    const found = new Set();
    for (let k = 0; k <= GRID; k++) {
      found.add(low * (high / low) ** (k / GRID));
      if (k % 2) found.add(low + ((high - low) * k) / GRID);
    }
    this.grid = [...found].filter((m) => m > 0).sort((a, b) => a - b);
  }

  of(name) {
    if (!this.known.has(name)) this.known.set(name, this.computed(METHODS.find((one) => one.name === name)));
    return this.known.get(name);
  }

  computed(method) {
    const { shown } = this;
    const slow = shown.design(method).offset > 0;
    const grid = slow ? this.grid.filter((_, k) => k % 6 === 0) : this.grid;
    const found = shown.ground ? grid.map((m) => [m, shown.rounds(method, m)]) : [];
    return {
      variance: grid.map((m) => [m, shown.unscaled(shown.pathVariance(method, m))]),
      rounds: found.map(([m, { rounds }]) => [m, rounds]),
      least: found.map(([m, { least }]) => [m, least]),
    };
  }

  draw(range, { state, here, other, m }) {
    const kinds = [[state.method, "one"]];
    if (state.other && state.other !== state.method) kinds.push([state.other, "two"]);
    if (!kinds.some(([name]) => name === "optimum")) kinds.push(["optimum", "best"]);
    const series = (key) => kinds.map(([name, kind]) => ({ name, kind, points: this.of(name)[key] }));
    const marks = (key) => [
      ...(other && kinds[1][1] === "two" ? [{ kind: "two", at: [m, other[key]] }] : []),
      { kind: "one", at: [m, here[key]] },
    ];
    this.variances.draw(range, series("variance"), marks("variance"), m);
    if (!this.shown.ground) return;
    const least = { name: `${state.method}, at least`, kind: "least", points: this.of(state.method).least };
    this.rounds.draw(range, [...series("rounds"), least], marks("rounds"), m);
  }
}
