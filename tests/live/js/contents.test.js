import assert from "node:assert/strict";
import { test } from "node:test";
import { heightsAt, namesOf, sheetOf } from "../../../hedge_widgets/live/js/contents.js";

const FORMATS = {
  usd: { prefix: "$", significant: 4, decimals: 2 },
  percent: { suffix: " %", scale: 100, significant: 4, decimals: 1 },
  days: { significant: 4, decimals: 1 },
};
const linear = (more = {}) => ({
  xaxis: {},
  yaxis: {},
  meta: { table: { x: ["days", "days"], y: ["gain", "usd"] } },
  ...more,
});
const line = (x, y, more = {}) => ({ type: "scatter", mode: "lines", name: "net", x, y, ...more });
const points = ({ x, y }) => x.map((place, k) => ({ x: place, y: y[k] }));

test("a row each point, a column each name, and a dash where nothing is drawn", () => {
  const x = Array.from({ length: 12 }, (_, k) => k);
  const net = line(
    x,
    x.map((day) => 10 * day),
  );
  const late = line(
    x,
    x.map((day) => (day < 6 ? null : day)),
    { name: "late" },
  );
  const labels = { type: "scatter", mode: "text", x: [11], y: [110], text: ["net"] };
  const { title, head, rows, note } = sheetOf([net, late, labels], linear(), FORMATS);
  assert.deepEqual([title, head, note], ["gain", ["days", "net", "late"], ""]);
  assert.deepEqual(rows[5], ["5", "$50", "—"]);
  assert.deepEqual(rows[6], ["6", "$60", "$6"]);
  assert.equal(rows.length, 12);
});

test("between its points a line is read where it is drawn: straight, in steps, or straight in logarithms", () => {
  const drawn = line([0, 10], [0, 100]);
  assert.deepEqual(heightsAt(drawn, points(drawn), 4, linear()), [40]);
  assert.deepEqual(heightsAt({ ...drawn, line: { shape: "hv" } }, points(drawn), 4, linear()), [0]);
  assert.deepEqual(heightsAt({ ...drawn, mode: "markers" }, points(drawn), 4, linear()), []);
  const steep = line([1, 100], [1, 10_000]); // y = x squared, straight on two logarithmic axes
  const both = linear({ xaxis: { type: "log" }, yaxis: { type: "log" } });
  assert.ok(Math.abs(heightsAt(steep, points(steep), 10, both)[0] - 100) < 1e-9);
});

test("a line has no height beyond its ends, in its gaps, and where it turns back", () => {
  const drawn = line([0, 10, 20], [0, null, 20]);
  for (const x of [-1, 5, 10, 15, 21]) assert.deepEqual(heightsAt(drawn, points(drawn), x, linear()), [], String(x));
  const turning = line([0, 10, 5], [0, 10, 20]);
  assert.deepEqual(heightsAt(turning, points(turning), 7, linear()), []);
});

test("at a jump both heights are said, and a mark stands beside the row that it makes", () => {
  const jump = line([0, 5, 5, 10], [0, 5, 50, 60]);
  const chosen = { type: "scatter", mode: "lines", meta: "your day", x: [7, 7], y: [-100, 100] };
  const { rows } = sheetOf([jump, chosen], linear(), FORMATS);
  assert.ok(rows.some(([day, net]) => day === "5" && net === "$5, then $50"));
  assert.deepEqual(
    rows.filter(([day]) => day.includes("your day")),
    [["7, your day", "$54"]],
  );
  assert.ok(rows.length > 12); // a line of four points has rows between them
});

test("a mark that names its column says the exact number, which a curve drawn straight only comes near to", () => {
  const x = Array.from({ length: 12 }, (_, k) => k);
  const curve = line(
    x,
    x.map((day) => day * day),
  );
  const chosen = { type: "scatter", mode: "markers", meta: "yours", customdata: [null, "net"], x: [2.5, 2.5] };
  const { rows } = sheetOf([curve, { ...chosen, y: [99, 6.25] }], linear(), FORMATS);
  assert.deepEqual(rows[3], ["2.5, yours", "$6.25"]); // 6.5 between its points
});

test("of many points some are taken, from the first to the last, and it says so", () => {
  const x = Array.from({ length: 366 }, (_, k) => k);
  const { rows, note } = sheetOf([line(x, x)], linear(), FORMATS);
  assert.equal(note, "61 of 366 points, evenly taken");
  assert.deepEqual([rows.length, rows[0][0], rows[60][0]], [61, "0", "365"]);
});

test("a date is written, and in a made-up calendar the days are counted from its first", () => {
  const first = Date.UTC(2018, 0, 2);
  const net = line(
    Array.from({ length: 12 }, (_, k) => first + 86_400_000 * k),
    new Array(12).fill(1),
  );
  const dated = linear({ xaxis: { type: "date" } });
  assert.equal(sheetOf([net], dated, FORMATS).rows[1][0], "2018-01-03");
  dated.meta.table.from = first;
  assert.equal(sheetOf([net], dated, FORMATS).rows[1][0], "2");
});

test("bars have a row each by their name, as they are written; a bar that is not there is a dash", () => {
  const layout = {
    xaxis: { tickvals: [0, 1, 2], ticktext: ["no<br>hedge", "stop-<br>loss", "delever-\u200b<br>aged"] },
    yaxis: {},
    meta: { table: { x: ["handling", "names"], y: ["gain", "usd"] } },
  };
  const bars = { type: "bar", name: "gain", x: [0, 1, 2], y: [5, -3, null], text: ["+$5", "−$3", ""] };
  const { head, rows } = sheetOf([bars], layout, FORMATS);
  assert.deepEqual(head, ["handling", "gain"]);
  assert.deepEqual(rows, [
    ["no hedge", "+$5"],
    ["stop-loss", "−$3"],
    ["deleveraged", "—"],
  ]);
});

test("a bar from one end to another says both, and lies along the other axis where the names are there", () => {
  const layout = {
    xaxis: {},
    yaxis: { tickvals: [0, 1], ticktext: ["never", "band"] },
    meta: { table: { x: ["net", "usd"], y: ["rule", "names"] } },
  };
  const range = line([-5, 7, null, 1, 2, null], [0, 0, null, 1, 1, null], { name: "range" });
  assert.deepEqual(sheetOf([range], layout, FORMATS).rows, [
    ["never", "−$5 to $7"],
    ["band", "$1 to $2"],
  ]);
});

test("cells of colour are a table already", () => {
  const heat = { type: "heatmap", x: [0, 1, 0, 1], y: [0, 0, -1, -1], text: ["1", "2", "", "4"] };
  const layout = {
    xaxis: { title: { text: "shock" }, tickvals: [0, 1], ticktext: ["−5", "+5"] },
    yaxis: { tickvals: [0, -1], ticktext: ["spot", "total"] },
    meta: { table: { x: ["", "names"], y: ["", "names"] } },
  };
  assert.deepEqual(sheetOf([heat], layout, FORMATS), {
    title: "shock",
    head: ["", "−5", "+5"],
    rows: [
      ["spot", "1", "2"],
      ["total", "—", "4"],
    ],
    note: "",
  });
});

test("traces of one name are one column", () => {
  assert.deepEqual(namesOf([{ name: "a" }, {}, { name: "b" }, { name: "a" }]), ["a", "b"]);
});
