// Sums that keep what rounding drops, and an order of positive numbers without comparing them.

/** A running sum as high and low part (Knuth's two-sum). */
class Sum {
  constructor(high = 0) {
    this.high = high;
    this.low = 0;
  }
  add(value) {
    const total = this.high + value;
    const shadow = total - this.high;
    this.low += this.high - (total - shadow) + (value - shadow);
    this.high = total;
  }
  get value() {
    return this.high + this.low;
  }
}

/** Indices of numbers >= 0 from the largest to the least; equal ones keep their order. */
function fallingOrder(keys) {
  const n = keys.length;
  const bits = new Uint32Array(Float64Array.from(keys).buffer);
  let from = Uint32Array.from({ length: n }, (_, i) => i);
  let to = new Uint32Array(n);
  const counts = new Uint32Array(65536);
  for (let pass = 0; pass < 4; pass++) {
    const word = pass >> 1;
    const shift = 16 * (pass & 1);
    counts.fill(0);
    for (let i = 0; i < n; i++) counts[0xffff - ((bits[2 * i + word] >>> shift) & 0xffff)]++;
    for (let k = 0, start = 0; k < 65536; k++) {
      const count = counts[k];
      counts[k] = start;
      start += count;
    }
    for (let j = 0; j < n; j++) {
      const i = from[j];
      to[counts[0xffff - ((bits[2 * i + word] >>> shift) & 0xffff)]++] = i;
    }
    [from, to] = [to, from];
  }
  return from;
}

/** How many entries of a rising array are at most a value. */
function atMost(rising, value) {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many entries of a falling array are at least a value. */
function atLeast(falling, value) {
  let low = 0;
  let high = falling.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (falling[middle] >= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
