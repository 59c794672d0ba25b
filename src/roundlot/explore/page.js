// The page: what the reader moves, what is computed, what is shown.

const byId = (id) => document.getElementById(id);
const GRID = 140;
const LATER = 160;

class Page {
  constructor(data) {
    this.data = data;
    this.first = { budget: data.budget, method: "optimum", other: "uniform", by: "", scale: "log", search: "" };
    this.first.by = this.fairest();
    this.start();
    this.inclusion = new InclusionChart(byId("inclusion"), (row) => this.choose(this.shown.client[row], true));
    const move = (m) => this.setBudget(Number(m.toPrecision(4)));
    this.variances = new CurveChart(byId("variance-curve"), "update variance", "Update variance over the budget", move);
    this.roundsChart = new CurveChart(byId("rounds-curve"), "rounds", "Rounds to the target over the budget", move);
    this.table = new ClientTable(byId("clients"), (client) => this.choose(client, false));
    byId("rounds-figure").hidden = !data.ground;
    byId("groups-control").hidden = data.groupings.length === 0;
    this.listen();
    this.fill(byId("grouping"), data.groupings.map(({ name }) => name));
    this.rebuild();
  }

  /** The problem's own groups, else those of most equal size. */
  fairest() {
    const least = this.data.groupings.map(({ name, labels }, k) => {
      const counts = new Int32Array(labels.length);
      for (const group of this.data.arrays[`group${k}`]) counts[group]++;
      return name.startsWith("group") ? Infinity : counts.reduce((a, b) => Math.min(a, b));
    });
    return this.data.groupings[least.indexOf(Math.max(...least))]?.name ?? "";
  }

  start() {
    this.state = readState({ ...this.first, hidden: new Set(), sort: { key: "draws", falling: true } });
    if (!this.data.groupings.some(({ name }) => name === this.state.by)) this.state.by = this.first.by;
    this.chosen = -1;
  }

  get grouping() {
    const at = this.data.groupings.findIndex(({ name }) => name === this.state.by);
    return at < 0 ? null : { ...this.data.groupings[at], of: this.data.arrays[`group${at}`] };
  }

  // --- what the reader does -------------------------------------------------------------------

  listen() {
    const { state } = this;
    byId("budget-slider").addEventListener("input", (event) => {
      const m = between(this.range, event.target.value / 1000);
      this.setBudget(Number(m.toPrecision(m < this.shown.most ? 4 : 17)));
    });
    byId("budget").addEventListener("input", (event) => {
      const m = Number(event.target.value);
      if (m > 0 && m < Infinity) this.setBudget(m, true);
    });
    byId("budget").addEventListener("change", () => (byId("budget").value = String(this.state.budget)));
    for (const radio of document.getElementsByName("scale")) {
      radio.addEventListener("change", () => this.change({ scale: radio.value }));
    }
    for (const key of ["method", "other"]) {
      byId(key).addEventListener("change", (event) => this.change({ [key]: event.target.value }));
    }
    byId("grouping").addEventListener("change", (event) => {
      Object.assign(this.state, { by: event.target.value, hidden: new Set() });
      this.rebuild();
    });
    byId("search").addEventListener("input", (event) => {
      this.state.search = event.target.value;
      this.orderClients();
      this.remember();
    });
    byId("download").addEventListener("click", () => this.download());
    byId("reset").addEventListener("click", () => {
      Object.assign(this.state, this.first, { hidden: new Set(), sort: { key: "draws", falling: true } });
      this.chosen = -1;
      this.rebuild();
    });
    window.addEventListener("hashchange", () => {
      this.start();
      this.rebuild();
    });
    new ResizeObserver(() => this.shown && this.soon()).observe(byId("inclusion"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.soon());
  }

  setBudget(m, typed = false) {
    this.state.budget = m;
    if (!typed) byId("budget").value = String(m);
    this.soon();
  }

  change(changes) {
    Object.assign(this.state, changes);
    this.fillControls();
    this.soon();
  }

  hide(group, hidden) {
    if (hidden) this.state.hidden.add(group);
    else this.state.hidden.delete(group);
    this.rebuild();
  }

  choose(client, reveal) {
    this.chosen = this.chosen === client && !reveal ? -1 : client;
    this.soon();
    this.table.show(this.table.order, this.chosen);
    if (reveal) this.table.reveal(client);
  }

  resort(key) {
    const { sort } = this.state;
    this.state.sort = { key, falling: sort.key === key ? !sort.falling : key !== "client" };
    this.columns();
    this.orderClients();
    this.remember();
  }

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

  // --- who is shown ---------------------------------------------------------------------------

  rebuild() {
    const { data, grouping, state } = this;
    const hidden = new Uint8Array(data.clients.length);
    if (grouping) {
      state.hidden = new Set([...state.hidden].filter((k) => k < grouping.labels.length));
      grouping.of.forEach((k, i) => (hidden[i] = state.hidden.has(k) ? 1 : 0));
      if (hidden.every(Boolean)) return this.rebuildAll();
    }
    this.shown = new Shown(data, hidden);
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
    this.curves = new Map();
    this.scores = null;
    this.clientScores();
    this.fillControls();
    this.update();
    return undefined;
  }

  rebuildAll() {
    this.state.hidden = new Set();
    this.rebuild();
  }

  clientScores() {
    const { client, sums } = this.shown;
    const unit = 2 ** this.data.exponent;
    this.scoreOf = new Float64Array(this.data.clients.length);
    this.processors = new Int32Array(this.data.clients.length);
    client.forEach((i, v) => {
      this.scoreOf[i] += sums[v] * unit;
      this.processors[i]++;
    });
  }

  method(name) {
    return METHODS.find((one) => one.name === name);
  }

  // --- controls -------------------------------------------------------------------------------

  fill(select, names, says = names) {
    select.replaceChildren(...names.map((name, k) => new Option(says[k], name)));
  }

  fillControls() {
    const { state } = this;
    const names = this.methods.map(({ name }) => name);
    this.fill(byId("method"), names);
    this.fill(byId("other"), ["", ...names], ["nothing", ...names]);
    byId("method").value = state.method;
    byId("other").value = state.other;
    byId("method-needs").textContent = `needs ${this.method(state.method).needs}`;
    byId("other-says").textContent = this.methods.length === 1 ? "others know no caps of clients or groups" : "the second line of the charts";
    byId("grouping").value = state.by;
    byId("search").value = state.search;
    byId("budget").value = String(state.budget);
    for (const radio of document.getElementsByName("scale")) radio.checked = radio.value === state.scale;
    this.range = { ...this.bounds, log: state.scale === "log" };
    byId("budget-range").textContent = `from ${sayNumber(this.bounds.low, 3)} to ${sayNumber(this.bounds.high)}, all that caps can use`;
    this.fillGroups();
    this.columns();
  }

  fillGroups() {
    const { grouping, state } = this;
    if (!grouping) return;
    const counts = new Int32Array(grouping.labels.length);
    for (const k of grouping.of) counts[k]++;
    const left = counts.length - state.hidden.size;
    const focus = document.activeElement?.dataset?.group;
    byId("groups").replaceChildren(
      ...grouping.labels.map((label, k) => {
        const box = document.createElement("input");
        box.type = "checkbox";
        box.checked = !state.hidden.has(k);
        box.disabled = left === 1 && box.checked;
        box.dataset.group = k;
        box.addEventListener("change", () => this.hide(k, !box.checked));
        const name = document.createElement("bdi");
        name.textContent = label;
        const many = document.createElement("span");
        many.className = "soft";
        many.textContent = sayNumber(counts[k]);
        const chip = document.createElement("label");
        chip.append(box, name, many);
        return chip;
      }),
    );
    if (focus !== undefined) byId("groups").querySelector(`[data-group="${Number(focus)}"]`)?.focus();
  }

  // --- what is shown --------------------------------------------------------------------------

  update() {
    const { shown, state } = this;
    const { least } = shown;
    const low = least * (1 - 1e-12);
    this.trouble(state.budget < low ? `The floors alone take ${sayNumber(least)} draws; that is the least budget.` : "");
    const m = Math.max(state.budget, least);
    const other = state.other ? shown.judge(this.method(state.other), m) : null;
    const best = state.method === "optimum" ? null : shown.judge(this.method("optimum"), m).scaled;
    const here = shown.evaluate(this.method(state.method), m);
    this.here = here;
    this.tiles(here, other, best ?? here.scaled, m);
    this.say(here, other, best ?? here.scaled, m);
    byId("budget-slider").value = Math.round(1000 * clip(along(this.range, m), 0, 1));
    byId("budget-slider").setAttribute("aria-valuetext", `${sayNumber(m)} draws`);
    this.drawInclusion(here);
    this.drawCurves(m, here, other);
    this.drawModels(here);
    this.perClient(here);
    this.later("order", () => this.orderClients());
    this.table.paint();
    this.remember();
  }

  trouble(text) {
    byId("trouble").hidden = !text;
    byId("trouble").textContent = text;
  }

  put(id, value, text = sayNumber(value)) {
    byId(id).textContent = text;
    byId(id).dataset.value = String(value);
    byId(id).title = String(value);
  }

  tiles(here, other, best, m) {
    const { state, shown, data } = this;
    const beside = (key, say = sayNumber) => (other ? `${state.other}: ${say(other[key])}` : "");
    this.put("draws", here.draws);
    const slack = m > shown.most;
    byId("draws-note").textContent = slack ? "all that caps can use" : here.draws < m * (1 - 1e-9) ? `of ${sayNumber(m)}: clipping wastes the rest` : "the whole budget";
    this.put("uploads", here.uploads);
    this.put("variance", here.variance);
    byId("variance-note").textContent = beside("variance");
    const ratio = best > 0 ? here.scaled / best : here.scaled > 0 ? Infinity : 1;
    this.put("ratio", ratio, sayTimes(ratio));
    byId("ratio-note").textContent = other && best > 0 ? `${state.other}: ${sayTimes(other.scaled / best)}` : "";
    this.put("capped", here.capped);
    byId("capped-note").textContent = `of ${sayNumber(shown.rows.length)}`;
    this.put("price", here.price);
    byId("tiles").classList.toggle("no-rounds", !data.ground);
    this.put("rounds", here.rounds, Number.isFinite(here.rounds) ? sayNumber(here.rounds) : data.ground ? "never" : "–");
    byId("rounds-note").textContent = data.ground ? beside("rounds", (n) => (Number.isFinite(n) ? sayNumber(n) : "never")) : "no constants were given";
  }

  say(here, other, best, m) {
    const { state, shown, data } = this;
    const at = `At ${sayNumber(m)} expected draws per round`;
    const times = (x) => (x < 1.1 ? x.toPrecision(4) : sayNumber(x, x < 100 ? 3 : 4));
    let text = `${at}, ${state.method} leaves a variance of ${sayNumber(here.variance)}.`;
    if (state.method !== "optimum" && best > 0) {
      text = Number.isFinite(here.scaled)
        ? `${at}, ${state.method} has ${times(here.scaled / best)} times the optimum’s update variance.`
        : `${at}, ${state.method} never draws somebody who matters.`;
    } else if (other && state.other !== "optimum" && here.scaled > 0) {
      text = Number.isFinite(other.scaled)
        ? `${at}, the optimum has ${times(other.scaled / here.scaled)} times less update variance than ${state.other}${state.other === "uniform" ? " sampling" : ""}.`
        : `${at}, the optimum has a finite update variance; ${state.other} does not.`;
    }
    byId("headline").textContent = text;
    const gone = data.clients.length - this.visible.length;
    byId("fleet-size").textContent = `${sayMany(this.visible.length, "client")}, ${sayMany(shown.rows.length, "processor")}, ${sayMany(data.models.length, "model")}`;
    byId("lead").textContent = gone
      ? `${sayMany(gone, "client")} hidden: this is the fleet without them${data.weighted ? ", data weights shared anew among the others" : ", the others’ scores as they were"}.`
      : "The whole fleet. Move the budget, hide groups of clients, switch the method: everything follows.";
    const spoken = here.level > 0 ? ` The line is the optimum’s rule, t·M with t = ${sayNumber(1 / (here.level * 2 ** data.exponent))}.` : "";
    byId("inclusion-says").textContent = `${sayMany(here.capped, "processor")} at the cap (orange), ${sayNumber(shown.rows.length - here.capped)} below (blue).${spoken}`;
    const { ground } = data;
    if (!ground) return;
    byId("rounds-says").textContent = `L = ${sayNumber(ground.smoothness)}, μ = ${sayNumber(ground.strongConvexity)}, from ${sayNumber(ground.initial)} to ${sayNumber(ground.target)}${gone ? "; constants of the whole fleet" : ""}.`;
    byId("assumptions").textContent = `Rounds: a proved bound on Σ E‖w − w*‖² with smoothness ${sayNumber(ground.smoothness)}, strong convexity ${sayNumber(ground.strongConvexity)}, initial distance² ${sayNumber(ground.initial)}, target ${sayNumber(ground.target)}. Assumed: ${ground.assumption.replace(/^bound: /, "")}.${gone ? " With clients hidden these constants are still the whole fleet’s." : ""}`;
  }

  drawInclusion(here) {
    const { shown, data, state } = this;
    const unit = 2 ** data.exponent;
    this.scores ??= shown.sums.map((sum) => sum * unit);
    const rows = { scores: this.scores, totals: here.totals, caps: shown.limits.caps };
    const chosen = [];
    if (this.chosen >= 0) shown.client.forEach((i, v) => i === this.chosen && chosen.push(v));
    const t = here.level > 0 ? 1 / (here.level * unit) : 0;
    this.inclusion.draw(rows, t, chosen, (v) => [
      data.clients[shown.client[v]],
      `score ${sayNumber(this.scores[v])}`,
      `${state.method}: drawn with ${sayNumber(here.totals[v])}`,
      ...data.models.map((name, s) => `${name}: ${sayNumber(here.p[v * data.models.length + s])}`).slice(0, 6),
    ]);
  }

  grid() {
    const { low, high } = this.bounds;
    const found = new Set();
    for (let k = 0; k <= GRID; k++) {
      found.add(low * (high / low) ** (k / GRID));
      if (k % 2) found.add(low + ((high - low) * k) / GRID);
    }
    return [...found].filter((m) => m > 0).sort((a, b) => a - b);
  }

  /** A method's variance and rounds over the budget; kept until other clients are shown. */
  curve(name) {
    if (this.curves.has(name)) return this.curves.get(name);
    const { shown, data } = this;
    const method = this.method(name);
    const slow = shown.design(method).offset > 0;
    const grid = slow ? this.grid().filter((_, k) => k % 6 === 0) : this.grid();
    const variance = grid.map((m) => [m, shown.unscaled(shown.pathVariance(method, m))]);
    const rounds = data.ground ? grid.map((m) => [m, shown.rounds((k) => shown.pathVariance(method, m, k))]) : [];
    this.curves.set(name, { variance, rounds });
    return this.curves.get(name);
  }

  drawCurves(m, here, other) {
    const { state } = this;
    const kinds = [[state.method, "one"]];
    if (state.other && state.other !== state.method) kinds.push([state.other, "two"]);
    if (!kinds.some(([name]) => name === "optimum")) kinds.push(["optimum", "best"]);
    const series = (key) => kinds.map(([name, kind]) => ({ name, kind, points: this.curve(name)[key] }));
    const marks = (key) => [
      ...(other && kinds[1][1] === "two" ? [{ kind: "two", at: [m, other[key]] }] : []),
      { kind: "one", at: [m, here[key]] },
    ];
    this.variances.draw(this.range, series("variance"), marks("variance"), m);
    if (this.data.ground) this.roundsChart.draw(this.range, series("rounds"), marks("rounds"), m);
  }

  drawModels(here) {
    const { data, shown } = this;
    const head = ["model", "clients shown that can train it", "draws per round", "update variance"];
    const cell = (kind, text, value) => {
      const made = document.createElement(kind);
      made.textContent = text;
      if (value !== undefined) {
        made.className = "n";
        made.dataset.value = String(value);
      }
      return made;
    };
    const line = (cells) => {
      const row = document.createElement("tr");
      row.append(...cells);
      return row;
    };
    byId("models").tHead.replaceChildren(line(head.map((text, k) => cell("th", text, k ? "" : undefined))));
    byId("models").tBodies[0].replaceChildren(
      ...data.models.map((name, s) =>
        line([
          cell("th", name),
          cell("td", sayNumber(shown.holders[s]), shown.holders[s]),
          cell("td", sayNumber(here.modelDraws[s]), here.modelDraws[s]),
          cell("td", sayNumber(here.modelVariance[s]), here.modelVariance[s]),
        ]),
      ),
    );
  }

  // --- clients --------------------------------------------------------------------------------

  perClient(here) {
    const { shown, data } = this;
    const models = data.models.length;
    this.drawsOf = new Float64Array(data.clients.length);
    this.modelDrawsOf = new Float64Array(data.clients.length * models);
    this.free = new Int32Array(data.clients.length);
    shown.client.forEach((i, v) => {
      this.drawsOf[i] += here.totals[v];
      if (here.totals[v] < shown.limits.caps[v] * AT_CAP) this.free[i]++;
      for (let s = 0; s < models; s++) this.modelDrawsOf[i * models + s] += here.p[v * models + s];
    });
  }

  columns() {
    const { data, state } = this;
    const models = data.models.length;
    const { samples } = data.arrays;
    const held = (i) => {
      let total = 0;
      for (let s = 0; s < models; s++) total += samples[i * models + s];
      return total;
    };
    const number = (key, title, value, mark) => ({ key, title, value, say: (i) => sayNumber(value(i)), mark });
    const perModel = models > 1 && models <= 5;
    this.listed = [
      { key: "client", title: "client", text: true, say: (i) => data.clients[i], rank: () => this.ranks() },
      ...(data.weighted ? [number("samples", "samples", held)] : []),
      number("processors", "processors", (i) => this.processors[i]),
      number("score", "score", (i) => this.scoreOf[i]),
      ...(perModel ? data.models.map((name, s) => number(`model${s}`, name, (i) => this.modelDrawsOf[i * models + s])) : []),
      number("draws", "draws", (i) => this.drawsOf[i], (i) => this.free[i] === 0 && this.drawsOf[i] > 0),
    ];
    if (!this.listed.some(({ key }) => key === state.sort.key)) state.sort = { key: "draws", falling: true };
    this.table.setColumns(this.listed, state.sort, (key) => this.resort(key));
  }

  /** The place of every client's name in the reader's alphabet. */
  ranks() {
    if (this.rank) return this.rank;
    const compare = new Intl.Collator(undefined, { numeric: true }).compare;
    const order = this.data.clients.map((_, i) => i).sort((i, j) => compare(this.data.clients[i], this.data.clients[j]));
    this.rank = new Int32Array(order.length);
    order.forEach((i, place) => (this.rank[i] = place));
    return this.rank;
  }

  orderClients() {
    if (!this.drawsOf) return;
    const { state } = this;
    const plain = (text) => text.normalize("NFKC").toLowerCase();
    this.plainNames ??= this.data.clients.map(plain);
    const wanted = plain(state.search.trim());
    const found = wanted ? this.visible.filter((i) => this.plainNames[i].includes(wanted)) : this.visible;
    const column = this.listed.find(({ key }) => key === state.sort.key);
    this.table.show(sortedClients(found, column, state.sort.falling), this.chosen);
    byId("found").textContent = wanted ? `${sayNumber(found.length)} of ${sayNumber(this.visible.length)}` : sayMany(found.length, "client");
  }

  // --- away from the page ---------------------------------------------------------------------

  csv() {
    const { data, shown, here } = this;
    const models = data.models.length;
    const lines = [["client", ...data.models].map(csvField).join(",")];
    for (let v = 0; v < shown.rows.length; v++) {
      let line = csvField(data.clients[shown.client[v]]);
      for (let k = v * models; k < (v + 1) * models; k++) line += shown.limits.available[k] ? `,${here.p[k]}` : ",";
      lines.push(line);
    }
    return `${lines.join("\n")}\n`;
  }

  download() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([this.csv()], { type: "text/csv" }));
    link.download = `probabilities ${this.state.method} ${this.state.budget}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
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
    const trouble = byId("trouble");
    trouble.hidden = false;
    trouble.textContent =
      typeof DecompressionStream === "undefined"
        ? "This browser is too old for this page: it needs DecompressionStream (2023 or newer)."
        : `The page could not be opened: ${error.message}`;
    throw error;
  }
}

open();
