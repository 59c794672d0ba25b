// The table of clients: only the rows in sight are in the document, however many there are.

const ROW = 30;

class ClientTable {
  /** columns: [{ key, title, value(i), say(i), text }]; pick(i) when a client is chosen. */
  constructor(host, pick) {
    this.host = host;
    this.pick = pick;
    this.order = [];
    this.head = document.createElement("div");
    this.head.className = "head";
    this.head.setAttribute("role", "row");
    this.space = document.createElement("div");
    this.space.className = "space";
    this.space.setAttribute("role", "rowgroup");
    host.append(this.head, this.space);
    host.addEventListener("scroll", () => this.paint(), { passive: true });
    host.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step || event.target !== host || !this.order.length) return;
      event.preventDefault();
      const at = clip(this.order.indexOf(this.chosen) + step, 0, this.order.length - 1);
      this.pick(this.order[at]);
      this.reveal(this.order[at]);
    });
    this.space.addEventListener("click", (event) => {
      const row = event.target.closest("[data-client]");
      if (row) this.pick(Number(row.dataset.client));
    });
  }

  setColumns(columns, sort, resort) {
    this.columns = columns;
    this.host.style.setProperty("--columns", `minmax(7.5rem, 2.2fr) repeat(${columns.length - 1}, minmax(4.9rem, 1fr))`);
    this.head.replaceChildren(
      ...columns.map((column) => {
        const cell = document.createElement("span");
        cell.setAttribute("role", "columnheader");
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = column.title;
        button.addEventListener("click", () => resort(column.key));
        const way = sort.key === column.key ? (sort.falling ? "descending" : "ascending") : "none";
        cell.setAttribute("aria-sort", way);
        cell.append(button);
        return cell;
      }),
    );
  }

  /** order: clients in the order shown; chosen: the one that is marked. */
  show(order, chosen) {
    this.order = order;
    this.chosen = chosen;
    this.host.setAttribute("aria-rowcount", order.length + 1);
    this.space.style.height = `${order.length * ROW}px`;
    this.paint();
  }

  /** Scrolls to a client, if it is there. */
  reveal(client) {
    const at = this.order.indexOf(client);
    if (at < 0) return;
    const top = at * ROW;
    const height = this.host.clientHeight - this.head.offsetHeight;
    if (top < this.host.scrollTop || top + ROW > this.host.scrollTop + height) {
      this.host.scrollTop = Math.max(0, top - height / 2);
    }
  }

  paint() {
    const first = Math.max(0, Math.floor(this.host.scrollTop / ROW) - 5);
    const last = Math.min(this.order.length, first + Math.ceil(this.host.clientHeight / ROW) + 12);
    const rows = [];
    for (let at = first; at < last; at++) rows.push(this.row(at));
    this.space.replaceChildren(...rows);
  }

  row(at) {
    const client = this.order[at];
    const row = document.createElement("div");
    row.className = client === this.chosen ? "row chosen-row" : "row";
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", at + 2);
    row.dataset.client = client;
    row.style.transform = `translateY(${at * ROW}px)`;
    for (const column of this.columns) {
      const cell = document.createElement("span");
      cell.setAttribute("role", "cell");
      cell.className = column.text ? "text" : "n";
      if (column.key === "client") {
        const name = document.createElement("bdi");
        name.textContent = column.say(client);
        cell.title = column.say(client);
        cell.append(name);
      } else {
        cell.textContent = column.say(client);
        if (column.mark?.(client)) cell.classList.add("at-cap");
      }
      row.append(cell);
    }
    return row;
  }
}

/** Clients in the order of a key; names by the reader's own alphabet. */
function sortedClients(clients, column, falling) {
  const order = Int32Array.from(clients);
  const sign = falling ? -1 : 1;
  if (column.rank) {
    const rank = column.rank();
    return order.sort((i, j) => sign * (rank[i] - rank[j]));
  }
  const values = column.value;
  return order.sort((i, j) => sign * (values(i) - values(j)) || i - j);
}
