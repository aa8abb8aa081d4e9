// What would go wrong with a campaign, gravest first, and who would get it.
const GRAVITY = /^(error|warning|unknown): (.+)$/su;

function findings(told) {
  if (!told?.length) return [made("p", words.nothing_found, "good")];
  const list = made("ul", "", "findings");
  for (const one of told) {
    const [, gravity, text] = GRAVITY.exec(one) ?? [null, "unknown", one];
    const item = made("li", "", gravity);
    const sentence = text.replace(/^\p{Ll}(?=\p{L}* )/u, (first) => first.toUpperCase()); // no name of a variable
    item.append(made("b", words[`gravity_${gravity}`]), english(made("span", sentence)));
    list.append(item);
  }
  return [made("h2", words.findings), list];
}

function audience(told) {
  if (!told) return [];
  const { user_count: size, reachable_count: exact, reachable_at_most: most } = told;
  const reached = exact ?? most;
  const share = size > fewest && typeof exact === "number" ? { share: exact / size, of: words.user_count } : {};
  const rows = [
    { label: words.user_count, cells: [{ count: size }] },
    { label: exact === undefined && most !== undefined ? words.reached_at_most : words.reached, cells: [{ count: reached, ...share }] },
    ...counts(told.left_out).map(([why, count]) => ({ label: worded(why), cells: [{ count }], quiet: true })),
  ];
  const since = told.last_calculated ? [made("p", filled(words.calculated, { time: time(told.last_calculated) }), "quiet")] : [];
  return [bars(words.audience, words.step, [words.people], rows), ...since];
}

function draw(found) {
  headed(found.name || found.id, found.status && worded(`status_${found.status}`, found.status));
  const written = found.text ? Object.assign(made("pre", found.text, "passage"), { tabIndex: 0 }) : null;
  const links = (found.leads_to ?? []).map((one) => made("p", one));
  const list = made("div", "", "block");
  list.append(...findings(found.findings));
  part("content").replaceChildren(
    list,
    ...audience(found.audience),
    ...facts([
      [words.when, found.when && english(made("span", found.when))],
      [words.size, found.size && english(made("span", found.size))],
      [words.subject, found.subject],
      [words.text, written],
      [words.links, links.length ? links : null],
    ]),
  );
}

report("preo-campaign-check", (found) => found ?? ask("check_campaign", given), draw);
