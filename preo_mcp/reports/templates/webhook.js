// How a webhook fares: its latest deliveries over time, how they ended, and why some failed.
const LATEST = 100;
const ENDS = [["succeeded", "--good"], ["pending", "--quiet"], ["failed", "--stop"]];
const ANSWERED = new Set(["http_status", "redirect"]); // errors of which the status tells more
const MOST_FAILURES = 10;
let drawDeliveries = () => {};

function look() {
  // Whatever was asked of it, the card is about the webhook as a whole.
  const id = given && { webhook_id: given.webhook_id ?? given.id };
  return Promise.all([ask("get_webhook", id), ask("list_webhook_deliveries", id && { ...id, page_size: LATEST })]);
}

function draw([endpoint, found]) {
  const rows = found.results ?? [];
  headed(endpoint.name || endpoint.id, endpoint.is_active === undefined ? "" : endpoint.is_active ? words.active : words.paused);
  const total = found.total ?? rows.length;
  part("content").replaceChildren(
    ...facts([[words.url, endpoint.url], [words.events, endpoint.events?.join(", ")]]),
    ...(rows.length ? deliveries(rows, total) : [made("p", words.no_deliveries)]),
  );
  drawDeliveries();
}

function deliveries(rows, total) {
  const known = new Map(ENDS);
  const of = (end) => rows.filter(({ status }) => (known.has(status) ? status === end : end === "unknown"));
  const ended = [...known.keys(), "unknown"].filter((end) => of(end).length || end !== "unknown");
  const title = filled(words.latest, { number: number(rows.length), total: number(total) });
  return [
    bars(title, words.how_ended, [words.deliveries], ended.map((end) => ({
      label: worded(`delivery_${end}`),
      cells: [{ count: of(end).length, share: of(end).length / rows.length }],
      colour: known.get(end) ?? "--quiet",
    }))),
    ...overTime(rows),
    ...failures(of("failed").concat(of("pending").filter(({ error_kind: kind }) => kind))),
  ];
}

function overTime(rows) {
  const dated = rows.filter(({ created }) => !Number.isNaN(Date.parse(created)));
  if (dated.length < 2) return [];
  const spans = spansOf(dated.map(({ created }) => Date.parse(created)));
  const counted = ENDS.map(([end]) => spans.starts.map((start, place) => dated.filter(({ created, status }) =>
    status === end && Date.parse(created) >= start && Date.parse(created) < (spans.starts[place + 1] ?? Infinity)).length));
  const told = spans.starts.map((start, place) => [time(start, spans.shown), ...counted.map((values) => values[place])]);
  const labels = ENDS.map(([end]) => words[`delivery_${end}`]);
  const { block, redraw } = columns(words.over_time, spans.starts.map((start) => start / 1000),
    ENDS.map(([, colour], place) => ({ label: labels[place], values: counted[place], colour })),
    table(words.over_time, [words.when, ...labels], told.filter(([, ...values]) => values.some(Boolean))));
  drawDeliveries = redraw;
  return [block];
}

function failures(failed) {
  const why = ({ error_kind: kind, response_status: status }) =>
    [kind && worded(`error_${kind}`, kind), ANSWERED.has(kind) && status].filter(Boolean).join(" ") || words.unknown;
  const latest = failed.slice(0, MOST_FAILURES).map((one) => [
    time(one.created), [why(one), one.event_type, one.next_attempt_at && `${words.next_try}: ${time(one.next_attempt_at)}`], one.attempts ?? 0,
  ]);
  return table(words.failures, [words.when, words.reason, words.tries], latest);
}

report("preo-webhook-report", look, draw, () => drawDeliveries());
