// Where an import stands, what its file holds, and once it is over what was written and what stayed out.
const PARSED = ["customers", "products", "orders"];
const RESULT = [
  "orders_imported", "orders_skipped_existing", "orders_skipped_unmapped", "purchases_imported", "items_skipped", "customers_created",
];
const OVER = { completed: "good", failed: "stop", cancelled: "stop" };

function running({ progress }) {
  if (!progress) return [];
  const { done, total } = progress;
  const shown = Object.assign(document.createElement("progress"), total ? { max: total, value: Math.min(done, total) } : {});
  shown.setAttribute("aria-label", words.stage_importing);
  return [shown, made("p", total ? filled(words.some_of, { number: number(done), total: number(total) }) : number(done), "quiet")];
}

function came(outcome) {
  if (!outcome) return [];
  const { as_announced: same } = outcome;
  const told = same === undefined ? words.unknown : same ? words.yes : words.no;
  return [
    ...facts([
      [words.announced, english(made("span", outcome.announced))],
      [words.written, english(made("span", outcome.written))],
      [words.as_announced, made("span", told, same === undefined ? "" : same ? "good" : "stop")],
    ]),
    ...table(words.stayed_out, [words.orders, words.reason, words.order_numbers],
      (outcome.stayed_out ?? []).map((one) => [one.orders, one.why, one.skipped_order_ids ?? "–"])),
  ];
}

function written(result) {
  // Orders are compared with orders alone; what else was counted has no bar.
  const rows = RESULT.filter((name) => typeof result?.[name] === "number").map((name) => ({
    label: worded(name), cells: [{ count: result[name] }], quiet: name.includes("skipped"), plain: !name.startsWith("orders"),
  }));
  return rows.length ? [bars(words.result, words.what, [words.how_many], rows)] : [];
}

function draw(found) {
  const stage = made("span", worded(`stage_${found.stage}`, found.stage), OVER[found.stage]);
  headed(found.name || found.data_file_name || found.id, stage, found.edition?.full_name, found.service);
  const { parsed_data: parsed, import_result: result, row_problems: problems } = found;
  part("content").replaceChildren(
    ...running(found),
    ...(found.error_message ? [english(made("p", found.error_message, "stop"))] : []),
    ...came(found.outcome),
    ...written(result),
    ...table(words.in_file, [words.what, words.in_all, words.there_before],
      parsed ? PARSED.map((name) => [worded(name), parsed[`${name}_total`], parsed[`${name}_existing`]]) : []),
    ...table(words.rows_left_out, [words.line, words.reason],
      (problems?.listed ?? []).map((one) => [one.line, one.reason]), problems?.count),
  );
}

const { tool } = document.documentElement.dataset;

// Waiting for an import tells what came of it too; the card waits no longer than it takes to look.
report("preo-import-report", (found) => found ?? ask(tool, given && looked(given)), draw);

function looked({ seconds: _, ...args }) {
  return tool === "wait_for_import" ? { ...args, seconds: 1 } : args;
}
