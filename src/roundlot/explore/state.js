// What the reader has chosen, in the address: a link shows the same page.

function readState(state) {
  const given = new URLSearchParams(location.hash.slice(1));
  const m = Number(given.get("m"));
  if (given.has("m") && m > 0 && m < Infinity) state.budget = m;
  for (const key of ["method", "other", "by", "search"]) if (given.has(key)) state[key] = given.get(key);
  if (given.has("scale")) state.scale = given.get("scale") === "linear" ? "linear" : "log";
  state.hidden = new Set((given.get("hide") ?? "").split(",").filter((k) => /^\d+$/.test(k)).map(Number));
  const sort = given.get("sort");
  if (sort) state.sort = { key: sort.replace(/^-/, ""), falling: sort.startsWith("-") };
  return state;
}

function writeState(state, first) {
  const put = new URLSearchParams();
  put.set("m", String(state.budget));
  for (const key of ["method", "other", "by"]) if (state[key] !== first[key]) put.set(key, state[key]);
  if (state.hidden.size) put.set("hide", [...state.hidden].sort((a, b) => a - b).join(","));
  if (state.scale !== "log") put.set("scale", state.scale);
  if (state.search) put.set("search", state.search);
  if (state.sort.key !== "draws" || !state.sort.falling) put.set("sort", (state.sort.falling ? "-" : "") + state.sort.key);
  try {
    history.replaceState(null, "", `#${put}`);
  } catch {
    // Some readers open files where the address may not change; the page works the same.
  }
}
