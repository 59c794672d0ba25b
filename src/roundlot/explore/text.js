// Numbers as a reader wants them, as the report writes them; names that cannot disturb a line.

const RAISED = { 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹", "-": "⁻" };
const THIN = "\u202f";

function sayNumber(value, digits = 4) {
  if (Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const whole = Math.round(value);
  if (Math.abs(whole) < 1e9 && Math.abs(value - whole) <= 1e-9 * Math.abs(whole)) return grouped(String(whole));
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -4 && exponent < 6) {
    const text = value.toFixed(Math.max(digits - 1 - exponent, 0));
    return grouped(stripped(text, value));
  }
  const [mantissa, power] = value.toExponential(digits - 1).split("e");
  const raised = [...String(Number(power))].map((c) => RAISED[c]).join("");
  return `${mantissa.replace("-", "−")}×10${raised}`;
}

/** Without zeros at the end where the shorter text says the same number. */
function stripped(text, value) {
  const same = text.includes(".") && Math.abs(Number(text) - value) <= 1e-9 * Math.abs(value);
  return same ? text.replace(/\.?0+$/, "") : text;
}

function grouped(text) {
  const [whole, part] = text.split(".");
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ",").replace("-", "−");
  return part === undefined ? apart : `${apart}.${part}`;
}

/** How much more than 1 a ratio is: 1.51 as +51 %, 162 as 162 times; as the report writes it. */
function sayExcess(ratio) {
  if (!Number.isFinite(ratio)) return sayNumber(ratio);
  if (ratio >= 10) return `${sayNumber(Math.round(ratio))} times`;
  const percent = 100 * (ratio - 1);
  const text = Math.abs(percent).toFixed(Math.abs(percent) < 9.95 ? 1 : 0);
  const sign = Number(text) === 0 ? "" : percent > 0 ? "+" : "−";
  return `${sign}${text}${THIN}%`;
}

/** Short text of a tick: 1000 as 1,000, 1e6 as 10⁶. */
function sayTick(value) {
  const size = Math.abs(value);
  if (size >= 1e5 || (size > 0 && size < 9e-5)) {
    const [mantissa, power] = value.toExponential(5).split("e");
    const raised = [...String(Number(power))].map((c) => RAISED[c]).join("");
    return Number(mantissa) === 1 ? `10${raised}` : `${Number(mantissa)}×10${raised}`;
  }
  return grouped(String(Number(value.toPrecision(6))));
}

const sayMany = (count, one, many = `${one}s`) => `${sayNumber(count)} ${count === 1 ? one : many}`;

/** One field of a CSV. */
function csvField(text) {
  return /[",\r\n]/.test(text) || text.trim() !== text ? `"${text.replaceAll('"', '""')}"` : text;
}
