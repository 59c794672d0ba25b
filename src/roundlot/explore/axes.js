// A plot in three layers on one set of scales: axes (SVG), many points (canvas), lines (SVG).

const SVG = "http://www.w3.org/2000/svg";

function drawn(name, attributes = {}, text = "") {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text) element.textContent = text;
  return element;
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

class Plot {
  constructor(host, { xLabel, yLabel, label }) {
    Object.assign(this, { host, xLabel, yLabel });
    this.back = drawn("svg", { "aria-hidden": "true" });
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    this.svg = drawn("svg", { role: "img", "aria-label": label });
    host.append(this.back, this.canvas, this.svg);
  }

  /** Scales from data to pixels; x and y are { low, high, log }. */
  frame(x, y) {
    const box = this.host.getBoundingClientRect();
    const width = Math.max(240, box.width);
    const height = Math.max(160, box.height);
    Object.assign(this, { x, y, width, height });
    this.inside = { left: 66, right: width - 12, top: 10, bottom: height - 42 };
    for (const layer of [this.back, this.svg]) {
      layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
      layer.replaceChildren();
    }
    const sharp = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * sharp);
    this.canvas.height = Math.round(height * sharp);
    this.pen = this.canvas.getContext("2d");
    this.pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    this.axes();
  }

  px(value) {
    return this.inside.left + along(this.x, value) * (this.inside.right - this.inside.left);
  }

  py(value) {
    return this.inside.bottom - along(this.y, value) * (this.inside.bottom - this.inside.top);
  }

  /** The x of the data under a pixel. */
  under(pixel) {
    const share = clip((pixel - this.inside.left) / (this.inside.right - this.inside.left), 0, 1);
    return between(this.x, share);
  }

  axes() {
    const { left, right, top, bottom } = this.inside;
    const lines = drawn("g", { class: "axes" });
    for (const tick of ticks(this.x, (right - left) / 60)) {
      const at = this.px(tick);
      lines.append(drawn("line", { x1: at, x2: at, y1: top, y2: bottom, class: "rule" }));
      lines.append(drawn("text", { x: at, y: bottom + 16, "text-anchor": "middle" }, sayTick(tick)));
    }
    for (const tick of ticks(this.y, (bottom - top) / 36)) {
      const at = this.py(tick);
      lines.append(drawn("line", { x1: left, x2: right, y1: at, y2: at, class: "rule" }));
      lines.append(drawn("text", { x: left - 7, y: at + 4, "text-anchor": "end" }, sayTick(tick)));
    }
    lines.append(drawn("line", { x1: left, x2: right, y1: bottom, y2: bottom, class: "axis" }));
    lines.append(drawn("line", { x1: left, x2: left, y1: top, y2: bottom, class: "axis" }));
    const middle = (top + bottom) / 2;
    lines.append(drawn("text", { x: (left + right) / 2, y: bottom + 35, "text-anchor": "middle", class: "title" }, this.xLabel));
    lines.append(
      drawn("text", { x: 0, y: 0, "text-anchor": "middle", class: "title", transform: `translate(13 ${middle}) rotate(-90)` }, this.yLabel),
    );
    this.back.append(lines);
  }

  line(points, attributes) {
    const text = points.map(([x, y]) => `${this.px(x).toFixed(1)},${this.py(y).toFixed(1)}`).join(" ");
    this.svg.append(drawn("polyline", { points: text, fill: "none", ...attributes }));
  }
}

function along({ low, high, log }, value) {
  const share = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return clip(share, -0.02, 1.02);
}

function between({ low, high, log }, share) {
  return log ? low * (high / low) ** share : low + share * (high - low);
}

/** Round values inside a scale, about `wanted` of them. */
function ticks(scale, wanted) {
  const { low, high, log } = scale;
  if (!log) return evenTicks(low, high, wanted);
  const decades = Math.log10(high / low);
  if (decades < 1) return evenTicks(low, high, wanted);
  const steps = decades < 2.5 && wanted > 3 * decades ? [1, 2, 5] : [1];
  const skip = Math.max(1, Math.ceil(decades / wanted));
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    if (power % skip) continue;
    for (const step of steps) {
      const value = step * 10 ** power;
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push(value);
    }
  }
  return found;
}

function evenTicks(low, high, wanted) {
  const raw = (high - low) / Math.max(wanted, 1);
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((one) => one * unit >= raw) * unit;
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high * (1 + 1e-9); k++) found.push(k * step);
  return found;
}

/** A logarithmic scale around positive values, at least a factor of 2 wide. */
function logScale(values) {
  let low = Infinity;
  let high = 0;
  for (const value of values) {
    if (value > 0 && value < Infinity) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (!(high > 0)) return { low: 0.1, high: 1, log: true };
  const room = Math.max((high / low) ** 0.04, high / low < 2 ? 1.5 : 1);
  return { low: low / room, high: high * room, log: true };
}
