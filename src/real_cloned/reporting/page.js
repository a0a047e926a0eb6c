(() => {
  "use strict";
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  const keyOf = (row, column) => {
    const cell = row.cells[column];
    const text = cell.textContent.trim();
    if (cell.dataset.key === undefined) return text === "–" ? null : text;
    return cell.dataset.key === "" ? null : Number(cell.dataset.key);
  };

  const compare = (a, b) => (typeof a === "number" ? a - b : order.compare(a, b));

  const sorted = (rows, column, sign) => {
    const keyed = rows.map((row) => [keyOf(row, column), row]);
    const there = keyed.filter(([key]) => key !== null).sort(([a], [b]) => sign * compare(a, b));
    return [...there, ...keyed.filter(([key]) => key === null)].map(([, row]) => row);
  };

  const sortable = (table) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    if (rows.length < 2) return;
    const headings = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.title = "Sort: rising, falling, as it was";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const now = heading.getAttribute("aria-sort");
        const next = now === null ? "ascending" : now === "ascending" ? "descending" : null;
        headings.forEach((other) => other.removeAttribute("aria-sort"));
        if (next !== null) heading.setAttribute("aria-sort", next);
        body.append(...(next === null ? rows : sorted(rows, column, next === "ascending" ? 1 : -1)));
      });
    });
  };

  document.querySelectorAll("table.sortable").forEach(sortable);
})();
