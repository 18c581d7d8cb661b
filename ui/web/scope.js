// Runs once for the choice of documents (`element`); its value are the filters, which go along
// with each question. The list is drawn in steps, so that hundreds of documents cost nothing.
const STEP = 60;
const KEPT = "cv-scope";
const opener = element.querySelector(".cv-scope-open");
const clear = element.querySelector(".cv-scope-clear");
const panel = element.querySelector("#cv-scope-panel");
const list = panel.querySelector(".cv-scope-list");
const find = panel.querySelector("input[type=search]");
const count = panel.querySelector(".cv-scope-count");
const selects = [...panel.querySelectorAll("select")];
const years = [...panel.querySelectorAll("input[type=number]")];
const chosen = new Set();
let documents = [];
let fitting = [];

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const holds = (held, wanted) =>
  new RegExp(`(?<![\\p{L}\\p{N}_])${escaped(fold(wanted))}`, "u").test(fold(held));

const yearRange = () => {
  const [from, to] = years.map((each) => (/^\d{4}$/.test(each.value) ? each.value : ""));
  if (from && to && Number(from) > Number(to)) return "";
  return from && from === to ? from : from || to ? `${from}-${to}` : "";
};

const facets = () => [
  ...selects.filter((each) => each.value).map((each) => [each.dataset.key, each.value]),
  ...(yearRange() ? [["year", yearRange()]] : []),
];

const fits = (row, wanted) =>
  wanted.every(([key, value]) => {
    if (key === "language") return row.language === value;
    if (key !== "year") return holds(row[key], value);
    const year = Number(row.date.slice(0, 4));
    const [from, to] = value.includes("-") ? value.split("-") : [value, value];
    return year && year >= Number(from || 0) && year <= Number(to || 9999);
  });

const item = (row) => {
  const line = document.createElement("li");
  const label = document.createElement("label");
  const box = Object.assign(document.createElement("input"), { type: "checkbox", value: row.id });
  box.checked = chosen.has(row.id);
  const words = document.createElement("span");
  const title = Object.assign(document.createElement("span"), { textContent: row.title, dir: "auto" });
  const about = [row.organisation, row.date, row.kind, row.language_name].filter(Boolean).join(" · ");
  const facts = Object.assign(document.createElement("span"), { textContent: about, className: "cv-facts", dir: "auto" });
  words.append(title, facts);
  label.append(box, words);
  line.append(label);
  return line;
};

const more = () => {
  const from = list.childElementCount;
  list.append(...fitting.slice(from, from + STEP).map(item));
};

const tell = () => {
  const shown = count.dataset.shown.replace("#", fitting.length).replace("#", documents.length);
  const ticked = chosen.size ? ` ${count.dataset.chosen.replace("#", chosen.size)}` : "";
  count.textContent = shown + ticked;
};

const draw = () => {
  const wanted = facets();
  const words = fold(find.value).split(/\s+/).filter(Boolean);
  fitting = documents.filter(
    (row) => fits(row, wanted) && words.every((word) => row.folded.includes(word)),
  );
  list.replaceChildren();
  list.scrollTop = 0;
  more();
  tell();
};

const filters = () => [...facets(), ...[...chosen].map((id) => ["document_id", id])];

const changed = () => {
  const now = filters();
  clear.hidden = !now.length;
  sessionStorage.setItem(KEPT, JSON.stringify(now));
  props.value = now;
  document.dispatchEvent(new CustomEvent("cv-call", { detail: { action: "scope", filters: now } }));
};

const setAll = (given) => {
  chosen.clear();
  selects.concat(years).forEach((each) => (each.value = ""));
  for (const [key, value] of given) {
    const select = selects.find((each) => each.dataset.key === key);
    if (select) select.value = value;
    else if (key === "document_id") chosen.add(value);
    else if (key === "year") {
      const ends = value.includes("-") ? value.split("-") : [value, value];
      years.forEach((each, index) => (each.value = ends[index] ?? ""));
    }
  }
};

const show = (open, back = true) => {
  panel.hidden = !open;
  opener.setAttribute("aria-expanded", String(open));
  if (open) {
    draw();
    find.focus();
  } else if (back) opener.focus();
};

const empty = () => {
  setAll([]);
  find.value = "";
  changed();
};

opener.addEventListener("click", () => show(panel.hidden));
panel.querySelector(".cv-send").addEventListener("click", () => show(false));
panel.querySelector(".cv-cancel").addEventListener("click", () => {
  empty();
  draw();
});
clear.addEventListener("click", () => {
  empty();
  if (!panel.hidden) draw();
  opener.focus();
});
find.addEventListener("input", draw);
panel.addEventListener("change", (event) => {
  const box = event.target.closest("input[type=checkbox]");
  if (box) {
    if (box.checked) chosen.add(box.value);
    else chosen.delete(box.value);
    tell();
  } else if (event.target !== find) draw();
  if (event.target !== find) changed();
});
list.addEventListener("scroll", () => {
  if (list.scrollTop + list.clientHeight > list.scrollHeight - 400) more();
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !panel.hidden) {
    event.stopPropagation();
    show(false);
  }
  // Tab reaches the last row drawn: the next ones are drawn before it is left.
  if (event.key === "Tab" && event.target === list.lastElementChild?.querySelector("input")) more();
});
document.addEventListener("pointerdown", (event) => {
  if (!panel.hidden && !element.contains(event.target)) show(false, false);
});

const fill = (rows) => {
  documents = rows.map((row) => ({
    ...row,
    folded: fold([row.title, row.organisation, row.kind, row.date, row.language_name].join(" ")),
  }));
  for (const select of selects) {
    const key = select.dataset.key;
    const names = new Map(rows.filter((row) => row[key]).map((row) => [row[key], key === "language" ? row.language_name : row[key]]));
    const kept = select.value;
    select.length = 1;
    const sorted = [...names].sort((a, b) => a[1].localeCompare(b[1]));
    select.append(...sorted.map(([value, name]) => new Option(name, value)));
    select.value = names.has(kept) ? kept : "";
    select.disabled = !names.size;
  }
};

document.addEventListener("cv-told", (event) => {
  const told = event.detail;
  if (!element.isConnected) return;
  if (told.kind === "hello") {
    fill(told.documents);
    let kept = [];
    try {
      kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]").filter((each) => Array.isArray(each) && each.every((part) => typeof part === "string"));
    } catch {
      sessionStorage.removeItem(KEPT);
    }
    opener.textContent = told.line;
    if (kept.length) {
      setAll(kept);
      changed();
    }
  } else if (told.kind === "scope") opener.textContent = told.line;
});
