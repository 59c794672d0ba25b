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
    return grouped(value.toFixed(Math.max(digits - 1 - exponent, 0)));
  }
  const [mantissa, power] = value.toExponential(digits - 1).split("e");
  const raised = [...String(Number(power))].map((c) => RAISED[c]).join("");
  return `${mantissa.replace("-", "−")}×10${raised}`;
}

function grouped(text) {
  const [whole, part] = text.split(".");
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, THIN).replace("-", "−");
  return part === undefined ? apart : `${apart}.${part}`;
}

function sayTimes(ratio) {
  if (!Number.isFinite(ratio)) return sayNumber(ratio);
  if (Math.abs(ratio - 1) < 1e-9) return "1×";
  if (ratio >= 100) return `${sayNumber(Math.round(ratio))}×`;
  return `${ratio.toFixed(Math.abs(ratio - 1) < 0.05 ? 4 : 2)}×`;
}

/** Short text of a tick: 1000 as 1 000, 1e6 as 10⁶. */
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
