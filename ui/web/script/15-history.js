// Earlier conversations: kept in this browser, or told by the server for who is signed in. What is
// kept is text; all that is shown of it here is set as text.
(() => {
  const KEPT = "cv-conversations";
  const CURRENT = "cv-thread";
  const MAX_CHARACTERS = 4_000_000;
  const MAX_CONVERSATIONS = 100;
  let onServer = null; // the server's list, for who is signed in
  let isStarted = false;

  const isRow = (row) => typeof row?.content === "string" && typeof row?.seal === "string";
  const isKept = (each) =>
    [each?.thread, each?.title, each?.time].every((part) => typeof part === "string") &&
    Array.isArray(each.rows) && each.rows.every(isRow);

  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
      return Array.isArray(kept) ? kept.filter(isKept) : [];
    } catch {
      return [];
    }
  };

  // The newest first; where it does not fit, the oldest give way.
  const write = (kept) => {
    for (let left = kept.slice(0, MAX_CONVERSATIONS); ; left = left.slice(0, -1)) {
      const text = JSON.stringify(left);
      try {
        if (text.length <= MAX_CHARACTERS || !left.length) return localStorage.setItem(KEPT, text);
      } catch {
        if (!left.length) return;
      }
    }
  };

  const keep = ({ thread, title, time, number, rows }) => {
    const kept = read();
    const before = kept.find((each) => each.thread === thread)?.rows ?? [];
    const now = { thread, title, time, rows: [...before.slice(0, number), ...rows] };
    write([now, ...kept.filter((each) => each.thread !== thread)]);
  };

  const call = (detail) => document.dispatchEvent(new CustomEvent("cv-call", { detail }));
  const listed = () => onServer ?? read();

  const open = (thread) => {
    if (onServer) return call({ view: true, thread });
    const kept = read().find((each) => each.thread === thread);
    if (kept) call({ view: true, thread, rows: kept.rows });
  };

  const panel = () => document.getElementById("cv-history-panel");
  const opener = () => document.querySelector(".cv-history-open");

  const line = (each) => {
    const { language } = panel().dataset;
    const item = document.createElement("li");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "cv-history-item" });
    const title = Object.assign(document.createElement("span"), { textContent: each.title, dir: "auto" });
    const day = new Date(each.time);
    const date = isNaN(day) ? "" : day.toLocaleString(language === "en" ? "en-GB" : language, { dateStyle: "medium", timeStyle: "short" });
    const time = Object.assign(document.createElement("span"), { textContent: date, className: "cv-facts" });
    button.append(title, time);
    button.dataset.thread = each.thread;
    if (each.thread === sessionStorage.getItem(CURRENT)) button.setAttribute("aria-current", "true");
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "cv-tool cv-history-delete", textContent: panel().dataset.delete });
    remove.setAttribute("aria-label", `${panel().dataset.delete}: ${each.title}`);
    remove.dataset.thread = each.thread;
    item.append(button, remove);
    return item;
  };

  const draw = () => {
    const lines = listed().map(line);
    panel().querySelector(".cv-history-list").replaceChildren(...lines);
    panel().querySelector(".cv-history-none").hidden = lines.length > 0;
    const note = panel().querySelector(".cv-kept");
    note.textContent = onServer ? note.dataset.server : note.dataset.here;
  };

  const show = (isOpen, back = true) => {
    panel().hidden = !isOpen;
    opener().setAttribute("aria-expanded", String(isOpen));
    if (isOpen) {
      draw();
      panel().querySelector("button")?.focus();
    } else if (back) opener().focus();
  };

  const remove = (thread) => {
    const items = [...panel().querySelectorAll(".cv-history-delete")];
    const at = items.findIndex((each) => each.dataset.thread === thread);
    if (onServer) {
      onServer = onServer.filter((each) => each.thread !== thread);
      call({ action: "delete", thread });
    } else write(read().filter((each) => each.thread !== thread));
    draw();
    const left = panel().querySelectorAll(".cv-history-delete");
    (left[Math.min(at, left.length - 1)] ?? opener()).focus();
  };

  // What is shown is remembered for this tab; a link in the address comes first.
  const start = () => {
    const asked = new URLSearchParams(location.search).get("answer");
    if (asked) return call({ view: true, answer: asked });
    const current = sessionStorage.getItem(CURRENT);
    if (current && listed().some((each) => each.thread === current)) open(current);
  };

  const forgetLink = () => {
    if (new URLSearchParams(location.search).has("answer")) {
      history.replaceState(null, "", location.pathname + location.hash);
    }
  };

  document.addEventListener("cv-told", ({ detail }) => {
    if ("conversations" in detail) onServer = detail.conversations;
    if (detail.kind === "keep") keep(detail);
    if (["keep", "history"].includes(detail.kind) && detail.thread) {
      sessionStorage.setItem(CURRENT, detail.thread);
      forgetLink();
    }
    if (detail.kind === "opened") {
      if (!new URLSearchParams(location.search).has("answer")) sessionStorage.setItem(CURRENT, detail.thread);
      if (panel() && !panel().hidden) show(false);
    }
    if (detail.kind === "hello" && !isStarted) {
      isStarted = true;
      start();
    }
    if (panel() && !panel().hidden) draw();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".cv-history-open")) return show(panel().hidden);
    const item = event.target.closest?.(".cv-history-item");
    if (item) {
      forgetLink();
      return open(item.dataset.thread);
    }
    const gone = event.target.closest?.(".cv-history-delete");
    if (gone) return remove(gone.dataset.thread);
    if (event.target.closest?.("#cv-new")) {
      sessionStorage.removeItem(CURRENT);
      forgetLink();
    }
    if (panel() && !panel().hidden && !event.target.closest?.("#cv-history")) show(false, false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel() && !panel().hidden) show(false);
  });
})();
