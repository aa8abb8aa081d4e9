// What came of a campaign: from its segment to the clicks, who was left out and why, beside another, after earlier ones.
const STEPS = ["user_count", "total_recipients", "sent", "delivered", "opened", "clicked", "unsubscribed"];
const RATES = { delivered: "delivery_rate", opened: "open_rate", clicked: "click_rate", unsubscribed: "unsubscribe_rate" };
const BEFORE = { total_recipients: "user_count", sent: "total_recipients" };
const UNDER_WAY = new Set(["calculating", "sending"]);
const NOT_BEGUN = new Set(["draft", "scheduled"]);
const MOST_EARLIER = 12;
const MOST_LISTED = 100;
let shown = null; // the figures of the campaign
let other = null; // those of the one beside it
let listed = null; // campaigns that there are besides
let drawTrend = () => {};
const trend = made("div", "");

const sentenceCase = (text) => text.replaceAll("_", " ").replace(/^\p{Ll}/u, (first) => first.toUpperCase());
const called = (figures) => figures.name || figures.id || words.campaign;

function cell(figures, step) {
  const count = figures[step];
  if (typeof count !== "number") return null;
  const rate = figures[RATES[step]];
  if (RATES[step]) {
    if (typeof rate !== "number" || rate < 0 || rate > 1) return { count };
    const basis = String(figures.rates_of ?? "").match(new RegExp(`\\b${RATES[step]}: (\\w+)`, "u"))?.[1];
    return { count, share: rate, of: basis && basis !== "unknown" ? worded(basis) : undefined };
  }
  const whole = figures[BEFORE[step]];
  return whole > fewest ? { count, share: count / whole, of: worded(BEFORE[step]) } : { count };
}

function funnel(figures, beside) {
  const both = beside ? [figures, beside] : [figures];
  const told = STEPS.filter((step) => step === "user_count" || both.some((one) => typeof one[step] === "number"));
  const rows = told.map((step) => ({
    label: worded(step), cells: both.map((one) => cell(one, step)), quiet: step === "unsubscribed",
  }));
  return bars(words.funnel, words.step, beside ? both.map(called) : [words.people], rows);
}

function leftOut(figures) {
  const reasons = [...counts(figures.skipped), ["failed_to_send", figures.failed], ["bounced", figures.bounced]];
  const rows = reasons.filter(([, count]) => count > 0).map(([why, count]) => ({
    label: worded(why, sentenceCase(why)), cells: [{ count }], quiet: true,
  }));
  return rows.length ? [bars(words.left_out_why, words.reason, [words.people], rows)] : [];
}

function stateOf({ status, started_at: started }) {
  const grows = UNDER_WAY.has(status) ? words.grows : NOT_BEGUN.has(status) ? words.not_begun : "";
  return [status && worded(`status_${status}`, status), started && time(started), grows];
}

function draw(figures) {
  shown = figures;
  headed(called(figures), ...stateOf(figures));
  // Before it begins all its counts are 0, which says nothing of it.
  const known = STEPS.some((step) => (NOT_BEGUN.has(figures.status) ? figures[step] > 0 : typeof figures[step] === "number"));
  part("content").replaceChildren(
    ...(known ? [funnel(figures, other), ...(other ? [] : leftOut(figures)), ...further()] : [made("p", words.no_figures)]),
  );
}

function further() {
  // Other campaigns are looked at only when somebody wants to see them.
  const row = made("div", "", "more");
  if (listed) row.append(choice());
  else row.append(button(words.compare, async () => { await list(); draw(shown); document.querySelector("select")?.focus(); }));
  if (!trend.firstChild) row.append(button(words.show_earlier, earlier));
  return given ? [row, trend] : [];
}

function button(text, act) {
  const pressed = Object.assign(made("button", text), { type: "button" });
  pressed.addEventListener("click", async () => {
    pressed.disabled = true;
    try {
      await act();
      tell("");
    } catch (problem) {
      failed(problem);
    }
    pressed.disabled = false;
  });
  return pressed;
}

async function list() {
  if (listed) return;
  const found = await ask("list_campaigns", { status: ["sent", "sending"], page_size: MOST_LISTED });
  listed = (found.results ?? []).filter(({ id }) => id !== shown.id);
}

function choice() {
  const label = made("label", words.compare_with);
  const select = made("select", "");
  select.append(Object.assign(made("option", words.no_campaign), { value: "" }));
  for (const one of listed) select.append(Object.assign(made("option", called(one)), { value: one.id }));
  select.value = other?.id ?? "";
  select.addEventListener("change", async () => {
    try {
      other = select.value ? { id: select.value, ...(await ask("get_campaign_stats", { campaign_id: select.value })) } : null;
      draw(shown);
      document.querySelector("select")?.focus();
    } catch (problem) {
      failed(problem);
    }
  });
  label.append(select);
  return label;
}

async function earlier() {
  // Preo has no opens and clicks by the hour: over time they are there from campaign to campaign.
  await list();
  const ids = listed.slice(0, MOST_EARLIER).map(({ id }) => id);
  const found = await Promise.all(ids.map((id) => ask("get_campaign_stats", { campaign_id: id }).catch(() => null)));
  const known = [shown, ...found].filter((one) => one?.started_at && typeof one.open_rate === "number");
  known.sort((one, another) => Date.parse(one.started_at) - Date.parse(another.started_at));
  if (known.length < 2) return trend.replaceChildren(made("p", words.no_earlier, "quiet"));
  const told = (rate) => (typeof rate === "number" ? percent(rate) : words.unknown);
  const rows = known.map((one) => [called(one), time(one.started_at), told(one.open_rate), told(one.click_rate)]);
  const { block, redraw } = lines(words.trend, known.map((one) => Date.parse(one.started_at) / 1000), [
    { label: words.opened, values: known.map((one) => one.open_rate), colour: "--first" },
    { label: words.clicked, values: known.map((one) => one.click_rate ?? null), colour: "--second", dashed: true },
  ], table(words.trend, [words.campaign, words.when, words.opened, words.clicked], rows));
  drawTrend = redraw;
  trend.replaceChildren(block);
  draw(shown);
  redraw();
}

report("preo-campaign-report", (found) => found ?? ask("get_campaign_stats", given), draw, () => drawTrend());
