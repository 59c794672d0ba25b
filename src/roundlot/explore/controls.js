// What the reader moves: budget, methods, groups of clients, search.

class Controls {
  constructor(page) {
    this.page = page;
    byId("groups-control").hidden = page.data.groupings.length === 0;
    fill(byId("grouping"), page.data.groupings.map(({ name }) => name));
    this.listenToBudget();
    this.listen();
  }

  listenToBudget() {
    const { page } = this;
    byId("budget-slider").addEventListener("input", (event) => {
      const m = between(page.range, event.target.value / 1000);
      page.setBudget(Number(m.toPrecision(m < page.shown.most ? 4 : 17)));
    });
    byId("budget").addEventListener("input", (event) => {
      const m = Number(event.target.value);
      if (m > 0 && m < Infinity) page.setBudget(m, true);
    });
    byId("budget").addEventListener("change", () => (byId("budget").value = String(page.state.budget)));
    for (const radio of document.getElementsByName("scale")) {
      radio.addEventListener("change", () => page.change({ scale: radio.value }));
    }
  }

  listen() {
    const { page } = this;
    for (const key of ["method", "other"]) {
      byId(key).addEventListener("change", (event) => page.change({ [key]: event.target.value }));
    }
    byId("grouping").addEventListener("change", (event) => page.group(event.target.value));
    byId("search").addEventListener("input", (event) => page.search(event.target.value));
    byId("download").addEventListener("click", () => page.download());
    byId("reset").addEventListener("click", () => page.reset());
  }

  /** Puts the state of the page into them. */
  show() {
    const { state, methods, bounds, range } = this.page;
    const names = methods.map(({ name }) => name);
    fill(byId("method"), names);
    fill(byId("other"), ["", ...names], ["nothing", ...names]);
    for (const key of ["method", "other", "search"]) byId(key).value = state[key];
    byId("grouping").value = state.by;
    byId("budget").value = String(state.budget);
    byId("method-needs").textContent = `needs ${methods.find(({ name }) => name === state.method).needs}`;
    byId("other-says").textContent = names.length === 1 ? "others know no caps of clients or groups" : "the second line of the charts";
    for (const radio of document.getElementsByName("scale")) radio.checked = range.log === (radio.value === "log");
    byId("budget-range").textContent = `from ${sayNumber(bounds.low, 3)} to ${sayNumber(bounds.high)}, all that caps can use`;
    this.showGroups();
  }

  showBudget(m) {
    byId("budget-slider").value = Math.round(1000 * clip(along(this.page.range, m), 0, 1));
    byId("budget-slider").setAttribute("aria-valuetext", `${sayNumber(m)} draws`);
  }

  showGroups() {
    const { grouping, state } = this.page;
    if (!grouping) return;
    const counts = new Int32Array(grouping.labels.length);
    for (const k of grouping.of) counts[k]++;
    const left = counts.length - state.hidden.size;
    const focus = document.activeElement?.dataset?.group;
    byId("groups").replaceChildren(...grouping.labels.map((label, k) => this.chip(label, k, counts[k], left)));
    if (focus !== undefined) byId("groups").querySelector(`[data-group="${Number(focus)}"]`)?.focus();
  }

  /** The last group that is shown cannot be hidden. */
  chip(label, k, count, left) {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = !this.page.state.hidden.has(k);
    box.disabled = left === 1 && box.checked;
    box.dataset.group = k;
    box.addEventListener("change", () => this.page.hide(k, !box.checked));
    const name = document.createElement("bdi");
    name.textContent = label;
    const many = document.createElement("span");
    many.className = "soft";
    many.textContent = sayNumber(count);
    const chip = document.createElement("label");
    chip.append(box, name, many);
    return chip;
  }
}

function fill(select, names, says = names) {
  select.replaceChildren(...names.map((name, k) => new Option(says[k], name)));
}

/** The problem's own groups, else those of most equal size. */
function fairest({ groupings, arrays }) {
  const least = groupings.map(({ name, labels }, k) => {
    const counts = new Int32Array(labels.length);
    for (const group of arrays[`group${k}`]) counts[group]++;
    return name.startsWith("group") ? Infinity : counts.reduce((a, b) => Math.min(a, b));
  });
  return groupings[least.indexOf(Math.max(...least))]?.name ?? "";
}
