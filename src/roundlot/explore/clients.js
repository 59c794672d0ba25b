// The clients as the reader wants them: searched, sorted, each with what it holds and is drawn with.

class Clients {
  /** pick(client) when one is chosen; remember() when the order has changed. */
  constructor(data, { pick, remember }) {
    Object.assign(this, { data, remember });
    this.table = new ClientTable(byId("clients"), pick);
    this.chosen = -1;
  }

  /** Other clients are shown. */
  restart(shown, visible, state) {
    Object.assign(this, { shown, visible, state });
    const { client, sums } = shown;
    const unit = 2 ** this.data.exponent;
    this.scoreOf = new Float64Array(this.data.clients.length);
    this.processors = new Int32Array(this.data.clients.length);
    client.forEach((i, v) => {
      this.scoreOf[i] += sums[v] * unit;
      this.processors[i]++;
    });
    this.columns();
  }

  /** Draws of every client, from those of its processors. */
  measure(here) {
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
    this.table.paint();
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

  resort(key) {
    const { sort } = this.state;
    this.state.sort = { key, falling: sort.key === key ? !sort.falling : key !== "client" };
    this.columns();
    this.order();
    this.remember();
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

  order() {
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

  choose(client, reveal) {
    this.chosen = this.chosen === client && !reveal ? -1 : client;
    this.table.show(this.table.order, this.chosen);
    if (reveal) this.table.reveal(client);
  }
}
