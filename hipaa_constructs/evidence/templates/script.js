"use strict";
(() => {
  const root = document.documentElement;
  const theme = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const remembered = (() => { try { return localStorage.getItem("theme"); } catch { return null; } })();
  if (remembered === "dark" || remembered === "light") root.dataset.theme = remembered;
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const showTheme = () => theme.setAttribute("aria-pressed", String(isDark()));
  theme.hidden = false;
  showTheme();
  dark.addEventListener("change", showTheme);
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* a file may have no storage */ }
    showTheme();
  });

  const form = document.getElementById("filters");
  const rows = [...document.querySelectorAll("#matrix tr[data-control]")].map((row) => {
    const detail = document.getElementById(row.dataset.control);
    return { row, detail, text: (row.textContent + " " + detail.textContent).toLowerCase() };
  });
  const filter = () => {
    const wanted = new FormData(form);
    const words = wanted.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, detail, text } of rows) {
      const fits = ["status", "section", "requirement"].every((key) => !wanted.get(key) || row.dataset[key] === wanted.get(key))
        && words.every((word) => text.includes(word));
      row.hidden = detail.hidden = detail.closest("tr").hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const group of document.querySelectorAll("#matrix > tbody")) {
      group.hidden = !group.querySelector("tr[data-control]:not([hidden])");
    }
    document.getElementById("shown").textContent = `${shown} of ${rows.length} standards and specifications shown`;
    document.getElementById("nothing").hidden = shown > 0;
  };
  form.hidden = false;
  // Not every way to choose in a list is an input event.
  for (const kind of ["input", "change"]) form.addEventListener(kind, filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  filter();

  const openTarget = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.hidden) { form.reset(); filter(); }
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    target.scrollIntoView();
    if (target.tagName === "DETAILS") target.querySelector("summary").focus({ preventScroll: true });
  };
  addEventListener("hashchange", openTarget);
  openTarget();

  let closed = [];
  addEventListener("beforeprint", () => {
    if (root.dataset.print === "short") return;
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
    closed = [];
    delete root.dataset.print;
  });
  for (const edition of ["short", "full"]) {
    const button = document.getElementById(`print-${edition}`);
    button.hidden = false;
    button.addEventListener("click", () => { root.dataset.print = edition; print(); });
  }
})();
