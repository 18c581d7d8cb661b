// Source cards: what stands around a passage is fetched when it is unfolded; pins go to the notebook
// of the Passages page, which hears "cv-pin" and answers with "cv-pinned".
(() => {
  const WAIT_MS = 4000;
  const around = new Map(); // what was told, by passage
  let late = 0;

  const part = (label, words) => {
    const box = document.createElement("div");
    const heading = Object.assign(document.createElement("p"), { textContent: label, className: "cv-facts" });
    const text = Object.assign(document.createElement("p"), { textContent: words, dir: "auto" });
    text.className = "cv-around-text";
    box.append(heading, text);
    return box;
  };

  const fill = (fold) => {
    const told = around.get(fold.dataset.passage);
    const { before, after, none } = fold.dataset;
    const parts = [
      ...(told.before ? [part(before, told.before)] : []),
      ...(told.after ? [part(after, told.after)] : []),
    ];
    const words = fold.querySelector(".cv-around-words");
    words.replaceChildren(...(parts.length ? parts : [told.problem || none]));
  };

  document.addEventListener("toggle", (event) => {
    const fold = event.target;
    if (!fold.matches?.(".cv-around") || !fold.open) return;
    const { passage } = fold.dataset;
    if (around.has(passage)) return fill(fold);
    document.dispatchEvent(new CustomEvent("cv-call", { detail: { action: "widen", passage } }));
  }, true);

  document.addEventListener("cv-told", ({ detail }) => {
    if (detail.kind !== "widened") return;
    around.set(detail.passage, detail);
    document.querySelectorAll(".cv-around[open]").forEach((fold) => {
      if (fold.dataset.passage === detail.passage) fill(fold);
    });
  });

  const say = (line) => {
    const region = document.getElementById("cv-pins-said");
    region.textContent = line;
  };

  const pin = (button) => {
    const { passage, start, end } = button.dataset;
    const detail = { passage_id: passage, start: Number(start), end: Number(end) };
    document.dispatchEvent(new CustomEvent("cv-pin", { detail }));
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".cv-pin, .cv-pin-all");
    if (!button) return;
    clearTimeout(late);
    say("");
    late = setTimeout(() => say(document.getElementById("cv-pins-said").dataset.unpinned), WAIT_MS);
    if (button.matches(".cv-pin")) pin(button);
    else {
      const group = button.closest(".cv-sources-group");
      group.querySelectorAll(".cv-source:has(mark) .cv-pin").forEach(pin);
    }
  });

  document.addEventListener("cv-pinned", ({ detail }) => {
    clearTimeout(late);
    const told = document.getElementById("cv-pins-said").dataset.pinned;
    say(typeof detail?.message === "string" ? detail.message : told);
    if (detail?.ok === false) return;
    document.querySelectorAll(".cv-pin").forEach((button) => {
      if (button.dataset.passage !== detail?.passage_id) return;
      const isSame = detail.start === undefined || Number(button.dataset.start) === detail.start;
      if (isSame) button.setAttribute("aria-pressed", "true");
    });
  });
})();
