// Search as you type, and what can be done with a hit but for pinning it.
(() => {
  const { say, send, rested, make } = window.cvDesk;
  const PAUSE_MS = 250;
  const FIRST = 20;
  let mostHits = FIRST;
  let before = "";

  const form = () => document.querySelector(".cv-search-form");

  const asked = () => {
    const said = new FormData(form());
    const year = (name) => (/^\d{4}$/.test(said.get(name)) ? said.get(name) : "");
    return {
      text: said.get("text"),
      organisation: said.get("organisation"),
      kind: said.get("kind"),
      language: said.get("language"),
      first_year: year("first_year"),
      last_year: year("last_year"),
      documents: said.getAll("documents"),
      is_grouped: said.get("order") === "grouped",
      top_k: mostHits,
    };
  };

  const ask = () => {
    if (!form()) return;
    const question = asked();
    const same = JSON.stringify(question);
    if (same === before) return;
    before = same;
    document.getElementById("cv-search").querySelector(".html-container > *, form").dispatchEvent(
      new CustomEvent("cv-ask", { detail: question, bubbles: true }),
    );
    tellFilters(question);
  };
  const askSoon = rested(ask, PAUSE_MS);

  const tellFilters = (question) => {
    const { organisation, kind, language, first_year, last_year, documents } = question;
    const set = [organisation, kind, language, first_year || last_year, documents.length].filter(Boolean);
    form().querySelector(".cv-filters-set").textContent = set.length ? ` (${set.length})` : "";
  };

  const changed = (event) => {
    if (!event.target.closest?.(".cv-search-form")) return;
    mostHits = FIRST;
    askSoon();
  };
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);
  document.addEventListener("reset", (event) => {
    const box = event.target.closest?.(".cv-search-form")?.elements.text;
    if (!box) return;
    const text = box.value;
    setTimeout(() => {
      box.value = text; // only the filters are taken off
      askSoon();
    });
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.closest?.(".cv-search-form")) return;
    event.preventDefault();
    askSoon();
    askSoon.flush();
  });

  // Languages by their names in the language of the page.
  document.addEventListener("cv-passages-ready", () => {
    before = "";
    let names;
    try {
      names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
    } catch {
      return;
    }
    document.querySelectorAll(".cv-search-form select[name='language'] option").forEach((option) => {
      if (!option.value || option.hasAttribute("value")) return;
      const code = option.textContent;
      option.value = code;
      if (/^[a-z]{2,3}$/.test(code)) option.textContent = names.of(code);
    });
  });

  // What stands around a passage, fetched when it is asked for.
  const widen = async (hit, kind) => {
    const { passage, from, to } = hit.dataset;
    const query = new URLSearchParams({ passage_id: passage, kind });
    const context = await send("GET", `/passages/context?${query}`);
    const letters = Array.from(context.text); // offsets count characters, not halves of them
    const at = Number(from) - context.start;
    const end = Number(to) - context.start;
    const around = make("div", { class: "cv-context", dir: "auto" });
    around.append(
      make("span", {}, letters.slice(0, at).join("")),
      make("span", { class: "cv-here" }, letters.slice(at, end).join("")),
      make("span", {}, letters.slice(end).join("")),
    );
    if (context.is_cut) around.append(make("span", { class: "cv-cut" }, ` … ${say("context_cut")}`));
    return around;
  };

  const view = async (button) => {
    const hit = button.closest(".cv-hit");
    const isOn = button.getAttribute("aria-pressed") === "true";
    const kind = isOn ? "" : button.dataset.view;
    hit.querySelectorAll(".cv-view").forEach((each) =>
      each.setAttribute("aria-pressed", String(each.dataset.view === kind)),
    );
    hit.querySelector(".cv-context")?.remove();
    hit.classList.toggle("cv-open", kind === "passage");
    hit.classList.remove("cv-widened");
    if (!kind || kind === "passage") return;
    let around;
    try {
      around = await widen(hit, kind);
    } catch (error) {
      around = make("p", { class: "cv-context cv-problem", role: "status" }, error.message);
    }
    const wanted = hit.querySelector(".cv-view[aria-pressed='true']")?.dataset.view;
    if (wanted !== kind) return;
    hit.querySelector(".cv-context")?.remove();
    hit.classList.toggle("cv-widened", around.localName === "div");
    hit.querySelector("blockquote").after(around);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".cv-hit .cv-view, .cv-more-hits");
    if (!button) return;
    if (button.matches(".cv-view")) return void view(button);
    mostHits += 40;
    button.disabled = true;
    ask();
  });
})();
