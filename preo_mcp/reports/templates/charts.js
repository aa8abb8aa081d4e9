// Charts over time, by uPlot. What they show stands in a table beside them, for a canvas says nothing to a screen reader.
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MOST_SPANS = 24;
const HEIGHT = 190;
const WIDTH_OF_MARK = 84;
const SPANS = [[HOUR, 1], [3 * HOUR, 3], [6 * HOUR, 6], [DAY, 0], [7 * DAY, 0], [30 * DAY, 0], [91 * DAY, 0], [365 * DAY, 0]];

function spansOf(moments) {
  // The beginnings of spans of the same length, by the reader's clocks, into which all moments fall.
  const [first, last] = [Math.min(...moments), Math.max(...moments)];
  const [length, hours] = SPANS.find(([one]) => (last - first) / one < MOST_SPANS - 1) ?? SPANS.at(-1);
  const start = new Date(first);
  start.setHours(hours ? Math.floor(start.getHours() / hours) * hours : 0, 0, 0, 0);
  const starts = [];
  for (const at = start; at.getTime() <= last; hours ? at.setTime(at.getTime() + length) : at.setDate(at.getDate() + length / DAY)) {
    starts.push(at.getTime());
  }
  return { starts, shown: hours ? { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" } : { dateStyle: "medium" } };
}

const lines = (caption, times, series, beside) => chart(caption, times, series, beside, {
  range: { y: (_, __, most) => [0, Math.min(1, Math.max(most * 1.15, 0.05))] },
  values: (_, marks) => marks.map(percent),
  drawn: ({ label, colour, dashed }) => ({
    label, stroke: seen(colour), width: 2, spanGaps: true, dash: dashed ? [6, 4] : undefined,
    points: { show: true, size: 8, fill: seen(colour), stroke: seen("--ground") },
  }),
  stacked: false,
});

const columns = (caption, times, series, beside) => chart(caption, times, series, beside, {
  range: { y: (_, __, most) => [0, Math.max(most * 1.1, 1)] },
  values: (_, marks) => marks.map((mark) => (Number.isInteger(mark) ? number(mark) : "")),
  drawn: ({ label, colour }) => ({
    label, stroke: seen("--ground"), width: 1, fill: seen(colour), points: { show: false },
    paths: uPlot.paths.bars({ size: [0.75, 48] }),
  }),
  stacked: true,
});

function seen(variable) {
  // A colour as the host and the system have it at this moment; a canvas does not follow by itself.
  const probe = part("report").appendChild(made("i", "", "unseen probe"));
  probe.style.color = `var(${variable})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function thinned(times, most) {
  // Every time, every second, every third …, so that there is room for what it says.
  const step = Math.ceil(times.length / Math.max(most, 1));
  return times.filter((_, place) => place % step === 0);
}

function chart(caption, times, series, beside, kind) {
  const block = made("div", "", "block");
  const canvas = made("div", "", "chart");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${caption}: ${series.map(({ label }) => label).join(", ")}`);
  canvas.setAttribute("aria-details", "as-table");
  const keys = made("ul", "", "key-of-chart");
  for (const { label, colour, dashed } of series) {
    const key = made("li", "");
    const swatch = made("span", "", dashed ? "swatch dashed" : "swatch");
    swatch.style.setProperty("--swatch", `var(${colour})`);
    key.append(swatch, label);
    keys.append(key);
  }
  const fold = Object.assign(made("details", "", "as-table"), { id: "as-table" });
  fold.append(made("summary", words.as_table), ...beside);
  block.append(made("h2", caption), canvas, keys, fold);
  let drawn = null;
  const redraw = () => {
    drawn?.destroy();
    drawn = plotted(canvas, times, series, kind);
  };
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
    matchMedia(query).addEventListener("change", redraw);
  }
  new ResizeObserver(() => drawn?.setSize({ width: canvas.clientWidth, height: HEIGHT })).observe(canvas);
  return { block, redraw };
}

function plotted(canvas, times, series, kind) {
  // Stacked columns are drawn from the whole to the first, one over the other.
  const values = kind.stacked
    ? series.map((_, place) => times.map((__, at) => series.slice(0, place + 1).reduce((sum, one) => sum + one.values[at], 0)))
    : series.map((one) => one.values);
  const drawn = values.map((row, place) => row.map((value, at) => (kind.stacked && !series[place].values[at] ? null : value)));
  const order = [...series.keys()];
  if (kind.stacked) order.reverse();
  const font = `13px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { font, stroke: seen("--quiet"), grid: { stroke: seen("--line"), width: 1 }, ticks: { show: false } };
  const pad = times.length > 1 ? (times.at(-1) - times[0]) / times.length / 1.5 : DAY / 2000;
  const isLong = times.at(-1) - times[0] > (300 * DAY) / 1000;
  const parts = isLong ? { month: "short", year: "numeric" } : { day: "numeric", month: "short" };
  const day = (seconds) => new Date(seconds * 1000).toLocaleDateString(language, parts);
  const hour = (seconds) => new Date(seconds * 1000).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const near = times.at(-1) - times[0] < 2 * (DAY / 1000);
  return new uPlot({
    width: canvas.clientWidth || 300, height: HEIGHT, legend: { show: false }, cursor: { show: false },
    scales: { x: { time: true, range: () => [times[0] - pad, times.at(-1) + pad] }, y: { range: kind.range.y } },
    axes: [
      {
        ...axis, grid: { show: false }, size: 32,
        splits: ({ width }) => thinned(times, width / WIDTH_OF_MARK), values: (_, marks) => marks.map(near ? hour : day),
      },
      { ...axis, size: 52, values: kind.values },
    ],
    series: [{}, ...order.map((place) => kind.drawn(series[place]))],
  }, [times, ...order.map((place) => drawn[place])], canvas);
}
