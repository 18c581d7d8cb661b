// Who says what: sends the questions and the chosen documents; the server fills the table.
(() => {
  const { recall, remember } = window.cvDesk;
  const form = () => document.querySelector(".cv-compare-form");

  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    const said = new FormData(form());
    remember("matrix", said.get("text"));
    form().dispatchEvent(
      new CustomEvent("cv-compare", { detail: { text: said.get("text"), documents: said.getAll("documents") }, bubbles: true }),
    );
  });

  document.addEventListener("change", (event) => {
    if (!event.target.closest?.(".cv-compare-form .cv-documents-choice")) return;
    const chosen = form().querySelectorAll("input:checked").length;
    form().querySelector(".cv-filters-set").textContent = chosen ? ` (${chosen})` : "";
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest?.(".cv-compare-form")) form().requestSubmit();
  });

  document.addEventListener("cv-passages-ready", () => {
    const box = form()?.elements.text;
    if (box && !box.value) box.value = recall("matrix");
  });
})();
