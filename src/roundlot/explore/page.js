// The page: from what the reader chose to what is computed and shown.

const LATER = 160;

class Page {
  constructor(data) {
    this.data = data;
    this.first = { budget: data.budget, method: "optimum", other: "uniform", by: fairest(data), scale: "log", search: "" };
    this.start();
    this.inclusion = new InclusionChart(byId("inclusion"), (row) => this.choose(this.shown.client[row], true));
    this.curves = new Curves(data, (m) => this.setBudget(Number(m.toPrecision(4))));
    this.clients = new Clients(data, { pick: (client) => this.choose(client, false), remember: () => this.remember() });
    this.controls = new Controls(this);
    this.listen();
    this.rebuild();
  }

  start() {
    this.state = readState({ ...this.first, hidden: new Set(), sort: { key: "draws", falling: true } });
    if (!this.data.groupings.some(({ name }) => name === this.state.by)) this.state.by = this.first.by;
    if (this.clients) this.clients.chosen = -1;
  }

  listen() {
    window.addEventListener("hashchange", () => {
      this.start();
      this.rebuild();
    });
    new ResizeObserver(() => this.shown && this.soon()).observe(byId("inclusion"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.soon());
  }

  get grouping() {
    const at = this.data.groupings.findIndex(({ name }) => name === this.state.by);
    return at < 0 ? null : { ...this.data.groupings[at], of: this.data.arrays[`group${at}`] };
  }

  get range() {
    return { ...this.bounds, log: this.state.scale === "log" };
  }

  // --- what the reader does -------------------------------------------------------------------

  setBudget(m, typed = false) {
    this.state.budget = m;
    if (!typed) byId("budget").value = String(m);
    this.soon();
  }

  change(changes) {
    Object.assign(this.state, changes);
    this.controls.show();
    this.soon();
  }

  group(by) {
    Object.assign(this.state, { by, hidden: new Set() });
    this.rebuild();
  }

  hide(group, hidden) {
    if (hidden) this.state.hidden.add(group);
    else this.state.hidden.delete(group);
    this.rebuild();
  }

  search(text) {
    this.state.search = text;
    this.clients.order();
    this.remember();
  }

  choose(client, reveal) {
    this.clients.choose(client, reveal);
    this.soon();
  }

  reset() {
    Object.assign(this.state, this.first, { hidden: new Set(), sort: { key: "draws", falling: true } });
    this.clients.chosen = -1;
    this.rebuild();
  }

  download() {
    save(csvOf(this), `probabilities ${this.state.method} ${this.state.budget}.csv`);
  }

  // --- what follows ---------------------------------------------------------------------------

  soon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.update();
    });
  }

  later(name, action) {
    this.timers ??= {};
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(action, LATER);
  }

  remember() {
    this.later("state", () => writeState(this.state, this.first));
  }

  /** One byte a client; nobody is hidden if all were. */
  hiddenClients() {
    const { data, grouping, state } = this;
    const hidden = new Uint8Array(data.clients.length);
    if (!grouping) return hidden;
    state.hidden = new Set([...state.hidden].filter((k) => k < grouping.labels.length));
    grouping.of.forEach((k, i) => (hidden[i] = state.hidden.has(k) ? 1 : 0));
    if (!hidden.every(Boolean)) return hidden;
    state.hidden = new Set();
    return hidden.fill(0);
  }

  /** Other clients are shown. */
  rebuild() {
    const { state } = this;
    const hidden = this.hiddenClients();
    this.shown = new Shown(this.data, hidden);
    this.visible = [];
    hidden.forEach((gone, i) => gone || this.visible.push(i));
    this.methods = this.shown.methods;
    const known = (name) => this.methods.some((one) => one.name === name);
    if (!known(state.method)) state.method = "optimum";
    if (!known(state.other)) state.other = "";
    const { least } = this.shown;
    const most = this.shown.most || this.shown.rows.length; // nobody matters: any range will do
    const low = least > 0 ? least * (1 + 1e-9) : Math.min(1, most / 100);
    this.bounds = { low, high: Math.max(most, low * 1.0001) };
    this.scores = this.shown.sums.map((sum) => sum * 2 ** this.data.exponent);
    this.curves.restart(this.shown, this.bounds);
    this.clients.restart(this.shown, this.visible, state);
    this.controls.show();
    this.update();
  }

  method(name) {
    return METHODS.find((one) => one.name === name);
  }

  update() {
    const { shown, state, data } = this;
    const { least } = shown;
    const below = state.budget < least * (1 - 1e-12);
    trouble(below ? `The floors alone take ${sayNumber(least)} draws; that is the least budget.` : "");
    const m = Math.max(state.budget, least);
    const other = state.other ? shown.judge(this.method(state.other), m) : null;
    const optimum = state.method === "optimum" ? null : shown.judge(this.method("optimum"), m);
    const here = shown.evaluate(this.method(state.method), m);
    const seen = { state, shown, data, here, other, m, best: (optimum ?? here).scaled };
    this.here = here;
    sayTiles(seen);
    sayAll(seen, data.clients.length - this.visible.length);
    sayModels(seen);
    this.controls.showBudget(m);
    this.drawInclusion(here);
    this.curves.draw(this.range, seen);
    this.clients.measure(here);
    this.later("order", () => this.clients.order());
    this.remember();
  }

  drawInclusion(here) {
    const { shown, data, state, scores } = this;
    const { chosen } = this.clients;
    const rows = { scores, totals: here.totals, caps: shown.limits.caps };
    const marked = [];
    if (chosen >= 0) shown.client.forEach((i, v) => i === chosen && marked.push(v));
    const t = here.level > 0 ? 1 / (here.level * 2 ** data.exponent) : 0;
    this.inclusion.draw(rows, t, marked, (v) => [
      data.clients[shown.client[v]],
      `score ${sayNumber(scores[v])}`,
      `${state.method}: drawn with ${sayNumber(here.totals[v])}`,
      ...data.models.map((name, s) => `${name}: ${sayNumber(here.p[v * data.models.length + s])}`).slice(0, 6),
    ]);
  }
}

async function open() {
  try {
    const holder = byId("data");
    const data = await unpack(holder.textContent);
    holder.remove();
    globalThis.explore = { page: new Page(data), Shown, METHODS, data };
    document.body.classList.add("ready");
  } catch (error) {
    trouble(
      typeof DecompressionStream === "undefined"
        ? "This browser is too old for this page: it needs DecompressionStream (2023 or newer)."
        : `The page could not be opened: ${error.message}`,
    );
    throw error;
  }
}

open();
