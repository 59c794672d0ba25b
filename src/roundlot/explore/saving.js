// The probabilities that are shown, as a file.

function csvOf({ data, shown, here }) {
  const models = data.models.length;
  const lines = [["client", ...data.models].map(csvField).join(",")];
  for (let v = 0; v < shown.rows.length; v++) {
    let line = csvField(data.clients[shown.client[v]]);
    for (let k = v * models; k < (v + 1) * models; k++) line += shown.limits.available[k] ? `,${here.p[k]}` : ",";
    lines.push(line);
  }
  return `${lines.join("\n")}\n`;
}

function save(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
