// The three charts: who is drawn, and two curves over the budget.

class InclusionChart {
  constructor(host, pick) {
    this.plot = new Plot(host, {
      xLabel: "score M (weighted update norm)",
      yLabel: "inclusion probability q",
      label: "Inclusion probability of every processor against its score",
    });
    this.tip = document.createElement("div");
    this.tip.className = "tip";
    this.tip.hidden = true;
    host.append(this.tip);
    host.addEventListener("pointermove", (event) => this.point(event));
    host.addEventListener("pointerleave", () => (this.tip.hidden = true));
    host.addEventListener("click", (event) => {
      const row = this.nearest(event);
      if (row >= 0) pick(row);
    });
  }

  /** rows: { scores, totals, caps }; t: draws per unit of score; say(row): lines of its tip. */
  draw(rows, t, chosen, say) {
    this.rows = rows;
    this.say = say;
    this.shown = rows.scores.map((score, v) => (score > 0 && rows.totals[v] > 0 ? 1 : 0));
    const heights = [...extent(rows.totals, this.shown), extent(rows.caps, this.shown)[1]];
    this.plot.frame(logScale(extent(rows.scores, this.shown)), logScale(heights));
    this.guides(t);
    this.points();
    for (const v of chosen) {
      if (!this.shown[v]) continue;
      const at = { cx: this.plot.px(rows.scores[v]), cy: this.plot.py(rows.totals[v]) };
      this.plot.svg.append(drawn("circle", { ...at, r: 7, class: "chosen" }));
    }
  }

  guides(t) {
    const { plot } = this;
    if (!(t > 0 && t < Infinity)) return;
    const low = Math.max(plot.x.low, plot.y.low / t);
    const high = Math.min(plot.x.high, plot.y.high / t);
    if (low < high) plot.line([[low, t * low], [high, t * high]], { class: "rule-line" });
  }

  /** One mark a pixel at most; what is at its cap is drawn last. */
  points() {
    const { plot, rows, shown } = this;
    const { pen, width, height } = plot;
    const wide = Math.ceil(width) + 2;
    this.cells = new Map();
    const free = new Uint8Array(wide * (Math.ceil(height) + 2));
    const held = free.slice();
    const count = total(shown);
    const radius = count < 300 ? 4 : count < 4000 ? 2.6 : 1.9;
    const capped = [];
    pen.fillStyle = colour("blue");
    pen.globalAlpha = count < 4000 ? 0.85 : 0.6;
    pen.beginPath();
    for (let v = 0; v < shown.length; v++) {
      if (!shown[v]) continue;
      const x = plot.px(rows.scores[v]);
      const y = plot.py(rows.totals[v]);
      const at = Math.round(x) + wide * Math.round(y);
      const full = rows.totals[v] >= rows.caps[v] * AT_CAP;
      const taken = full ? held : free;
      if (taken[at]) continue;
      taken[at] = 1;
      this.remember(x, y, v);
      if (full) capped.push(x, y);
      else if (count >= 4000) pen.rect(x - 1.5, y - 1.5, 3, 3);
      else {
        pen.moveTo(x + radius, y);
        pen.arc(x, y, radius, 0, 2 * Math.PI);
      }
    }
    pen.fill();
    pen.fillStyle = colour("orange");
    pen.beginPath();
    for (let k = 0; k < capped.length; k += 2) diamond(pen, capped[k], capped[k + 1], radius * 1.5);
    pen.fill();
  }

  remember(x, y, v) {
    const near = (Math.round(x) >> 3) * 4096 + (Math.round(y) >> 3);
    if (!this.cells.has(near)) this.cells.set(near, []);
    this.cells.get(near).push([x, y, v]);
  }

  nearest(event) {
    if (!this.cells) return -1;
    const box = this.plot.host.getBoundingClientRect();
    const x = ((event.clientX - box.left) * this.plot.width) / box.width;
    const y = ((event.clientY - box.top) * this.plot.height) / box.height;
    let best = 14 ** 2;
    let found = -1;
    for (let i = -2; i <= 2; i++) {
      for (let j = -2; j <= 2; j++) {
        const cell = ((Math.round(x) >> 3) + i) * 4096 + (Math.round(y) >> 3) + j;
        for (const [px, py, v] of this.cells.get(cell) ?? []) {
          const far = (px - x) ** 2 + (py - y) ** 2;
          if (far < best) [best, found] = [far, v];
        }
      }
    }
    return found;
  }

  point(event) {
    const row = this.nearest(event);
    this.tip.hidden = row < 0;
    if (row < 0) return;
    const box = this.plot.host.getBoundingClientRect();
    const [name, ...lines] = this.say(row);
    const bold = document.createElement("bdi");
    bold.textContent = name;
    this.tip.replaceChildren(bold, ...lines.map((line) => Object.assign(document.createElement("div"), { textContent: line })));
    const right = event.clientX - box.left > box.width / 2;
    this.tip.style.left = right ? "auto" : `${event.clientX - box.left + 14}px`;
    this.tip.style.right = right ? `${box.right - event.clientX + 14}px` : "auto";
    this.tip.style.top = `${Math.max(0, event.clientY - box.top - 20)}px`;
  }
}

function diamond(pen, x, y, size) {
  pen.moveTo(x, y - size);
  pen.lineTo(x + size, y);
  pen.lineTo(x, y + size);
  pen.lineTo(x - size, y);
}

/** Least and greatest of the values that are chosen. */
function extent(values, chosen) {
  let low = Infinity;
  let high = -Infinity;
  for (let k = 0; k < values.length; k++) {
    if (!chosen[k]) continue;
    if (values[k] < low) low = values[k];
    if (values[k] > high) high = values[k];
  }
  return [low, high];
}

class CurveChart {
  /** move(m) is called while somebody drags in the chart. */
  constructor(host, yLabel, label, move) {
    this.plot = new Plot(host, { xLabel: "budget m (expected draws per round)", yLabel, label });
    const drag = (event) => {
      if (!this.plot.x) return;
      const box = host.getBoundingClientRect();
      move(this.plot.under(((event.clientX - box.left) * this.plot.width) / box.width));
    };
    host.addEventListener("pointerdown", (event) => {
      host.setPointerCapture(event.pointerId);
      drag(event);
    });
    host.addEventListener("pointermove", (event) => event.buttons & 1 && drag(event));
  }

  /** series: [{ name, kind, points }]; marks: [{ kind, at: [m, y] }]. */
  draw(x, series, marks, budget) {
    const { plot } = this;
    const heights = series.flatMap(({ points }) => points.map(([, y]) => y));
    plot.frame(x, logScale(heights));
    const here = plot.px(budget);
    plot.svg.append(drawn("line", { x1: here, x2: here, y1: plot.inside.top, y2: plot.inside.bottom, class: "here" }));
    for (const { kind, points } of series) {
      const visible = points.filter(([, y]) => y > 0 && y < Infinity);
      plot.line(visible, { class: `curve ${kind}` });
    }
    for (const { kind, at } of marks) {
      if (at[1] > 0 && at[1] < Infinity) {
        plot.svg.append(drawn("circle", { cx: plot.px(at[0]), cy: plot.py(at[1]), r: 5, class: `mark ${kind}` }));
      }
    }
    this.legend(series);
  }

  legend(series) {
    const { inside } = this.plot;
    const group = drawn("g", { class: "legend" });
    series.forEach(({ name, kind }, k) => {
      const y = inside.top + 14 + 17 * k;
      group.append(drawn("line", { x1: inside.right - 24, x2: inside.right - 4, y1: y - 4, y2: y - 4, class: `curve ${kind}` }));
      group.append(drawn("text", { x: inside.right - 30, y, "text-anchor": "end" }, name));
    });
    this.plot.svg.append(group);
  }
}
