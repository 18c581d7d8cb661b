// Pinning, from whatever page: a `cv-pin` event {passage_id, start, end} on the document is
// answered by `cv-pinned` {ok, line}. Buttons here show what the open notebook holds already.
(() => {
  const { say } = window.cvDesk;
  const book = window.cvNotebook;
  const key = (each) => `${each.passage_id}:${each.start}:${each.end}`;

  document.addEventListener("cv-pin", async (event) => {
    if (!document.getElementById("cv-passages-page-button")) return; // no such page here
    const { passage_id, start, end } = event.detail;
    let answer;
    try {
      const told = await book.change({ kind: "pin", passage_id, start: Number(start), end: Number(end) });
      const item = book.add(told.entry);
      item?.scrollIntoView({ block: "nearest" });
      answer = { ok: true, line: say("pinned_in", { name: book.state.book.name }) };
    } catch (error) {
      answer = { ok: false, line: error.message };
    }
    if (answer.ok) book.tellLine(answer.line);
    document.dispatchEvent(new CustomEvent("cv-pinned", { detail: { ...event.detail, ...answer, message: answer.line } }));
  });

  const placeOf = (button) => ({
    passage_id: button.dataset.passage ?? button.closest("[data-passage]").dataset.passage,
    start: Number(button.dataset.start),
    end: Number(button.dataset.end),
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#cv-desk .cv-keep");
    if (!button || button.disabled) return;
    if (button.getAttribute("aria-pressed") === "true") return;
    button.setAttribute("aria-pressed", "true");
    document.dispatchEvent(new CustomEvent("cv-pin", { detail: placeOf(button) }));
  });

  const show = () => {
    const pinned = new Set((book.state.book?.entries ?? []).map(key));
    document.querySelectorAll("#cv-desk .cv-keep").forEach((button) => {
      const isPinned = String(pinned.has(key(placeOf(button))));
      if (button.getAttribute("aria-pressed") !== isPinned) button.setAttribute("aria-pressed", isPinned);
    });
  };
  document.addEventListener("cv-notebook", (event) => {
    if (["shown", "failed", "opened"].includes(event.detail.what)) show();
  });
  document.addEventListener("cv-passages-ready", () => {
    const found = document.querySelectorAll("#cv-hits, #cv-matrix");
    const seen = new MutationObserver(show);
    found.forEach((each) => seen.observe(each, { childList: true, subtree: true }));
  });
})();
