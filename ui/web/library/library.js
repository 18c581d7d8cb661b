// Runs once for the desk (`element`); `trigger` reaches the server, whose word comes in `props`.
const desk = element.querySelector(".cv-lib-desk");
const words = JSON.parse(desk.dataset.words);
const dialog = desk.querySelector("dialog");
const panel = desk.querySelector(".cv-lib-panel");
const problem = desk.querySelector(".cv-lib-problem");
const adding = desk.querySelector(".cv-lib-upload");
const drop = desk.querySelector(".cv-lib-drop");
const sending = desk.querySelector(".cv-lib-sending");
const input = desk.querySelector(".cv-lib-input");
const inputOne = desk.querySelector(".cv-lib-input-one");
const list = () => document.getElementById("cv-library-list");
const activity = () => document.getElementById("cv-library-activity");
let following = false;
let again = false;
let opened = ""; // key of the document in the dialog
let undoFocused = ""; // token of the undo button that had the focus

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const send = (what, more = {}) => trigger("submit", { do: what, ...more });

const follow = () => {
  desk.querySelector(".cv-lib-finished").textContent = "";
  again = following;
  if (following) return;
  following = true;
  send("follow");
};

const say = (line) => {
  const open = dialog.open && panel.querySelector(".cv-lib-saying");
  (open || problem).textContent = line;
};

// --- Uploads: one after the other, each with its progress ---
const queue = [];
let isSending = false;

const enqueue = (files, replace = "") => {
  problem.textContent = "";
  for (const file of files) {
    const row = document.createElement("li");
    const name = document.createElement("span");
    const bar = document.createElement("progress");
    const told = document.createElement("span");
    name.textContent = file.name;
    name.dir = "auto";
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", fill(words.sending, { name: file.name }));
    told.className = "cv-lib-told";
    told.textContent = words.queued;
    row.append(name, bar, told);
    sending.append(row);
    queue.push({ file, replace, row, bar, told });
  }
  next();
};

const fail = ({ row, bar, told }, line) => {
  bar.remove();
  row.dataset.state = "failed";
  told.textContent = line;
  told.setAttribute("role", "alert");
};

const next = () => {
  if (isSending || !queue.length) return;
  const one = queue.shift();
  if (one.file.size > Number(desk.dataset.max)) {
    fail(one, words.too_large);
    next();
    return;
  }
  isSending = true;
  const request = new XMLHttpRequest();
  const address = new URLSearchParams({ name: one.file.name });
  if (one.replace) address.set("replace", one.replace);
  request.open("POST", `/library/upload?${address}`);
  request.setRequestHeader("content-type", "application/octet-stream");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) one.bar.value = event.loaded / event.total;
    one.told.textContent = `${Math.round(one.bar.value * 100)} %`;
  });
  request.addEventListener("loadend", () => {
    isSending = false;
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      answer = {};
    }
    if (request.status === 202) {
      one.row.remove();
      follow();
    } else fail(one, answer.problem || words.not_sent);
    next();
  });
  request.send(one.file);
};

desk.querySelector(".cv-lib-choose").addEventListener("click", () => input.click());
input.addEventListener("change", () => {
  enqueue([...input.files]);
  input.value = "";
});
inputOne.addEventListener("change", () => {
  if (inputOne.files.length) {
    dialog.close();
    enqueue([inputOne.files[0]], opened);
  }
  inputOne.value = "";
});
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("cv-lib-over");
  });
}
for (const name of ["dragleave", "drop"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.remove("cv-lib-over");
  });
}
drop.addEventListener("drop", (event) => enqueue([...event.dataTransfer.files]));

// --- Search and order: in the browser, so that typing never waits ---
const search = () => document.querySelector(".cv-lib-search");
const order = () => document.querySelector(".cv-lib-order");

const compare = (by) => (a, b) => {
  const [x, y] = [a.dataset[by], b.dataset[by]];
  const isUp = by === "title" || by === "organisation";
  const empty = Number(!x) - Number(!y); // what is not known stands last
  const sides = isUp ? x.localeCompare(y) : y.localeCompare(x, undefined, { numeric: true });
  return empty || sides || a.dataset.title.localeCompare(b.dataset.title);
};

const arrange = () => {
  const body = list()?.querySelector("tbody");
  if (!body || !order()) return;
  const rows = [...body.rows].sort(compare(order().value));
  if (rows.some((row, at) => row !== body.rows[at])) body.append(...rows);
  find();
};

const find = () => {
  const rows = [...(list()?.querySelectorAll("tbody tr") ?? [])];
  const asked = (search()?.value ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const fits = asked.every((word) => row.dataset.words.includes(word));
    if (row.hidden === fits) row.hidden = !fits;
    shown += fits;
  }
  const none = list()?.querySelector(".cv-lib-none");
  if (none) none.hidden = shown > 0;
  const told = document.querySelector(".cv-lib-shown");
  const line = rows.length ? fill(words.shown, { n: shown, all: rows.length }) : "";
  if (told && told.textContent !== line) told.textContent = line;
};

document.addEventListener("input", (event) => {
  if (event.target.matches?.(".cv-lib-search")) find();
});
document.addEventListener("change", (event) => {
  if (event.target.matches?.(".cv-lib-order")) arrange();
});

// --- Buttons, wherever Gradio has redrawn them ---
const openPassages = (page) => send("passages", { key: opened, page });

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (!button) return;
  if (button.matches(".cv-lib-open")) {
    opened = button.closest("tr").dataset.key;
    send("open", { key: opened });
  } else if (button.matches(".cv-lib-undo")) {
    button.disabled = true;
    send("restore", { token: button.dataset.token });
  } else if (button.matches(".cv-lib-do")) {
    say(words.late);
    send(button.dataset.do, { key: opened });
  } else if (button.matches(".cv-lib-replace")) inputOne.click();
  else if (button.matches(".cv-lib-page")) openPassages(Number(button.dataset.page));
  else if (button.matches(".cv-lib-close")) dialog.close();
});

panel.addEventListener("submit", (event) => {
  event.preventDefault();
  say(words.late);
  const facts = Object.fromEntries(new FormData(event.target));
  send("correct", { key: opened, facts });
});

panel.addEventListener(
  "toggle",
  (event) => {
    const passages = event.target.closest(".cv-lib-passages");
    if (passages?.open && !panel.querySelector(".cv-lib-passage-items")) openPassages(1);
  },
  true,
);

document.addEventListener("focusin", (event) => {
  undoFocused = event.target.closest?.(".cv-lib-undo")?.dataset.token ?? "";
});

// The list may have been redrawn meanwhile: the focus goes back to the document all the same.
dialog.addEventListener("close", () => {
  if (document.activeElement && document.activeElement !== document.body) return;
  list()?.querySelector(`tr[data-key="${CSS.escape(opened)}"] .cv-lib-open`)?.focus();
});

// --- What the server says ---
const heed = () => {
  const told = props.value ?? {};
  if ("may_maintain" in told) adding.hidden = !told.may_maintain;
  if (told.problem) say(told.problem);
  if (told.close) dialog.close();
  if (told.panel !== undefined) {
    panel.innerHTML = told.panel; // escaped by the server
    if (told.show && !dialog.open) dialog.showModal();
    if (told.show) panel.querySelector("#cv-lib-heading").focus();
    if (told.said) say(told.said);
  }
  if (told.passages !== undefined) {
    const items = panel.querySelector(".cv-lib-passage-list");
    if (items) {
      items.innerHTML = told.passages; // likewise
      items.closest("details").scrollIntoView({ block: "start" });
    }
  }
  if (told.over) {
    following = false;
    if (again) follow();
    else desk.querySelector(".cv-lib-finished").textContent = words.finished;
  }
};
watch("value", heed);
heed(); // what was told before this page was drawn

const waiting = new MutationObserver(() => {
  if (!list() || !activity()) return;
  waiting.disconnect();
  new MutationObserver(arrange).observe(list(), { childList: true, subtree: true });
  new MutationObserver(() => {
    const token = undoFocused;
    if (token && document.activeElement === document.body) {
      activity().querySelector(`[data-token="${CSS.escape(token)}"]`)?.focus();
    }
  }).observe(activity(), { childList: true, subtree: true });
  arrange();
  if (activity().querySelector('[aria-busy="true"]')) follow();
});
waiting.observe(document.documentElement, { childList: true, subtree: true });
