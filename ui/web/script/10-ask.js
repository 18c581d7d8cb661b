// Marks lead to their sources, and back. The page's only state is which mark was followed last.
(() => {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  const scrollTo = (element, block) =>
    element.scrollIntoView({ block, behavior: calm.matches ? "auto" : "smooth" });

  const openCard = (card, open) => {
    card.classList.toggle("cv-open", open);
    const more = card.querySelector(".cv-more");
    if (!more) return;
    more.setAttribute("aria-expanded", String(open));
    more.textContent = open ? more.dataset.less : more.dataset.more;
  };

  const markCurrent = (selector, element) => {
    document.querySelectorAll(`${selector}.cv-current`).forEach((each) => {
      each.classList.remove("cv-current");
      each.removeAttribute("aria-current");
    });
    element.classList.add("cv-current");
    element.setAttribute("aria-current", "true");
  };

  const showSource = (mark) => {
    const { answer, source } = mark.dataset;
    const card = document.getElementById(`${answer}-source-${source}`);
    if (!card) return;
    document.querySelectorAll(".cv-sources-group").forEach((group) => {
      group.hidden = group.id !== `${answer}-sources`;
    });
    openCard(card, true);
    markCurrent(".cv-source", card);
    markCurrent(".cv-mark", mark);
    card.focus({ preventScroll: true });
    const panel = document.getElementById("cv-sources");
    const tall = card.offsetHeight > Math.min(panel.clientHeight, innerHeight);
    scrollTo((tall && card.querySelector("mark")) || card, "start");
  };

  const goBack = () => {
    const mark = document.querySelector(".cv-mark.cv-current");
    const newest = document.querySelector(".cv-exchange:last-child");
    if (mark) mark.focus({ preventScroll: true });
    const target = mark || newest;
    if (target) scrollTo(target, "center");
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".cv-mark, .cv-more, .cv-back");
    if (!button) return;
    if (button.matches(".cv-mark")) showSource(button);
    else if (button.matches(".cv-back")) goBack();
    else {
      const card = button.closest(".cv-source");
      openCard(card, !card.classList.contains("cv-open"));
    }
  });

  // "Ask" and "Stop" take each other's place; a keyboard's focus must not go with the one that goes.
  document.addEventListener("click", (event) => {
    const isByKey = event.detail === 0;
    if (isByKey && event.target.closest?.("#cv-ask, #cv-stop")) {
      document.querySelector("#cv-box textarea").focus();
    }
  });

  // A new question comes to the top of the view; what follows is read downwards from there. What
  // becomes of it is said once to a screen reader, not word by word.
  let newest = "";
  let said = "";
  let isReady = false;
  new MutationObserver(() => {
    const box = document.querySelector("#cv-box textarea");
    if (box && !isReady) {
      isReady = true;
      // Not by touch: a keyboard on the screen would hide what can be asked.
      const isFree = document.activeElement === document.body && matchMedia("(pointer: fine)").matches;
      if (isFree) box.focus({ preventScroll: true });
    }
    const exchange = document.querySelector(".cv-exchange:last-child");
    const id = exchange?.dataset.answer ?? "";
    const line = exchange ? `${id} ${exchange.dataset.said}` : "";
    if (line !== said) {
      said = line;
      const region = document.getElementById("cv-said");
      if (region) region.textContent = exchange?.dataset.said ?? "";
    }
    if (id === newest) return;
    newest = id;
    if (exchange) scrollTo(exchange, "start");
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
