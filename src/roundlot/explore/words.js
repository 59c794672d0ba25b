// What the page says in numbers and sentences.

const byId = (id) => document.getElementById(id);
const EQUAL = 1e-9;

function trouble(text) {
  byId("trouble").hidden = !text;
  byId("trouble").textContent = text;
}

function put(id, value, text = sayNumber(value)) {
  byId(id).textContent = text;
  byId(id).dataset.value = String(value);
  byId(id).title = String(value);
}

/** seen: { state, shown, data, here, other, best, m }; best is the optimum's scaled variance. */
function sayTiles({ state, shown, data, here, other, best, m }) {
  const beside = (key, say = sayNumber) => (other ? `${state.other}: ${say(other[key])}` : "");
  put("draws", here.draws);
  byId("draws-note").textContent = spending(here, shown, m);
  put("uploads", here.uploads);
  put("variance", here.variance);
  byId("variance-note").textContent = beside("variance");
  const ratio = best > 0 ? here.scaled / best : here.scaled > 0 ? Infinity : 1;
  put("ratio", ratio, sayExcess(ratio));
  byId("ratio-note").textContent = other && best > 0 ? `${state.other}: ${sayExcess(other.scaled / best)}` : "";
  put("capped", here.capped);
  byId("capped-note").textContent = `of ${sayNumber(shown.rows.length)}`;
  put("price", here.price);
  byId("tiles").classList.toggle("no-rounds", !data.ground);
  const count = (n) => (Number.isFinite(n) ? sayNumber(n) : "never");
  put("rounds", here.rounds, shown.ground ? count(here.rounds) : "–");
  const least = Number.isFinite(here.least) ? [`at least ${sayNumber(here.least)}`] : [];
  const unknown = data.ground ? "known for the whole fleet alone" : "no constants were given";
  byId("rounds-note").textContent = shown.ground
    ? [...least, ...(other ? [beside("rounds", count)] : [])].join("; ")
    : unknown;
  byId("rounds").dataset.least = String(here.least);
}

function spending(here, shown, m) {
  if (m > shown.most) return "all that caps can use";
  return here.draws < m * (1 - EQUAL) ? `of ${sayNumber(m)}: the rest is lost to clipping` : "the whole budget";
}

function headline({ state, here, other, best, m }) {
  const at = `At ${sayNumber(m)} expected draws per round`;
  const more = (x) => {
    if (x >= 10) return `${sayExcess(x)} the optimum’s update variance`;
    const percent = x < 1.0005 ? `less than 0.05${THIN}%` : sayExcess(x).replace("+", "");
    return `${percent} more update variance than the optimum`;
  };
  if (state.method !== "optimum" && best > 0) {
    if (!Number.isFinite(here.scaled)) return `${at}, ${state.method} never draws some clients that have updates.`;
    if (here.scaled <= best * (1 + EQUAL)) return `${at}, ${state.method} is as good as the optimum.`;
    return `${at}, ${state.method} has ${more(here.scaled / best)}.`;
  }
  if (other && state.other !== "optimum" && here.scaled > 0) {
    if (!Number.isFinite(other.scaled)) return `${at}, the optimum has a finite update variance; ${state.other} does not.`;
    if (other.scaled <= here.scaled * (1 + EQUAL)) return `${at}, ${state.other} is as good as the optimum.`;
    const sampling = state.other === "uniform" ? " sampling" : "";
    return `${at}, ${state.other}${sampling} has ${more(other.scaled / here.scaled)}.`;
  }
  return `${at}, ${state.method === "optimum" ? "the optimum" : state.method} has an update variance of ${sayNumber(here.variance)}.`;
}

/** Everything in sentences; gone: how many clients are hidden. */
function sayAll(seen, gone) {
  const { shown, data, here } = seen;
  byId("headline").textContent = headline(seen);
  byId("fleet-size").textContent = `${sayMany(data.clients.length - gone, "client")}, ${sayMany(shown.rows.length, "processor")}, ${sayMany(data.models.length, "model")}`;
  byId("lead").textContent = gone
    ? `${sayMany(gone, "client")} hidden: this is the fleet without them${data.weighted ? ", data weights shared again among the others" : ", the others’ scores as they were"}.`
    : "The whole fleet. Move the budget, hide groups of clients, switch the method: everything follows.";
  const rule = here.level > 0 ? ` The line is the optimum’s rule, q = t·M with t = ${sayNumber(1 / (here.level * 2 ** data.exponent))}${data.shared.length ? ", where no client or group is at its cap" : ""}.` : "";
  byId("inclusion-says").textContent = `${sayMany(here.capped, "processor")} at the cap (orange), ${sayNumber(shown.rows.length - here.capped)} below (blue).${rule}`;
  if (shown.ground) sayGround(shown.ground);
  else if (data.ground) byId("assumptions").textContent = "Rounds are not shown while clients are hidden: the clients that are left have another optimum and other constants.";
}

function sayGround({ smoothness, strongConvexity, initial, target, assumption }) {
  byId("rounds-says").textContent = `L = ${sayNumber(smoothness)}, μ = ${sayNumber(strongConvexity)}, from ${sayNumber(initial)} to ${sayNumber(target)}.`;
  byId("assumptions").textContent = `Rounds: a proved bound on Σ E‖w − w*‖² with smoothness ${sayNumber(smoothness)}, strong convexity ${sayNumber(strongConvexity)}, initial distance² ${sayNumber(initial)}, target ${sayNumber(target)}. At least: no step sizes fixed in advance need fewer rounds on F(x) = μ/2 ‖x‖², with noise as large as the method’s. Assumed: ${assumption.replace(/^bound: /, "")}.`;
}

function sayModels({ data, shown, here }) {
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
    ...data.models.map((name, s) => {
      const numbers = [shown.holders[s], here.modelDraws[s], here.modelVariance[s]];
      return line([cell("th", name), ...numbers.map((value) => cell("td", sayNumber(value), value))]);
    }),
  );
}
