// Bars in a table: its rows are the chart, so it reads the same by eye and by ear. One or two of a kind side by side.
function bars(caption, first, subjects, rows) {
  // A row is a label, the count of each subject and what it is a share of; a bar is as long as its share of the largest.
  // `plain` rows count other things and have none.
  const both = subjects.length > 1;
  const whole = made("table", "", both ? "bars two" : "bars");
  whole.append(made("caption", caption));
  const head = whole.createTHead().insertRow();
  head.append(Object.assign(made("th", first), { scope: "col" }));
  subjects.forEach((subject, place) => {
    const heading = Object.assign(made("th", "", both ? "named" : ""), { scope: "col" });
    if (both) heading.append(made("span", "", place ? "swatch second" : "swatch"));
    heading.append(subject);
    head.append(heading);
  });
  const largest = subjects.map((_, place) => Math.max(0, ...rows.map(({ cells, plain }) => (plain ? 0 : cells[place]?.count ?? 0))));
  const body = whole.createTBody();
  for (const { label, cells, quiet, colour, plain } of rows) {
    const row = body.insertRow();
    if (quiet) row.className = "quiet-bar";
    if (colour) row.style.setProperty("--first", `var(${colour})`);
    const named = Object.assign(made("th", label), { scope: "row" });
    const [basis] = cells.map((cell) => cell?.of);
    const isShared = basis && cells.every((cell) => cell?.of === basis);
    if (isShared) named.append(made("small", `% ${filled(words.of, { whole: basis })}`));
    cells.forEach((cell, place) => {
      if (typeof cell?.count === "number" && largest[place] && !plain) named.append(bar(cell.count / largest[place], place));
    });
    row.append(named);
    for (const cell of cells) {
      const told = made("td", number(cell?.count));
      const share = cell?.share === undefined ? "" : percent(cell.share);
      const of = cell?.of && !isShared ? filled(words.of, { whole: cell.of }) : "";
      if (share) told.append(made("small", `${share} ${of}`.trim()));
      row.append(told);
    }
  }
  const block = made("div", "", "block");
  block.append(whole);
  return block;
}

function bar(share, place) {
  const drawn = made("span", "", place ? "bar second" : "bar");
  drawn.setAttribute("aria-hidden", "true");
  drawn.style.setProperty("--share", share);
  if (share > 0) drawn.style.setProperty("--least", "2px");
  return drawn;
}
