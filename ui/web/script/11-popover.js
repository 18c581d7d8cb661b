// A mark shows its quote while the pointer or the focus is on it (WCAG 1.4.13): the pointer may move
// into the quote, Escape puts it away, and nothing else does.
(() => {
  const SHOW_MS = 120;
  const HIDE_MS = 220;
  let popover = null;
  let shownFor = null;
  let timer = 0;

  const make = () => {
    popover = document.createElement("div");
    popover.id = "cv-popover";
    popover.setAttribute("role", "tooltip");
    popover.dir = "auto";
    popover.append(document.createElement("q"), document.createElement("p"));
    popover.addEventListener("pointerenter", () => clearTimeout(timer));
    popover.addEventListener("pointerleave", () => later(hide, HIDE_MS));
    document.querySelector(".gradio-container main").append(popover);
  };

  const later = (act, ms) => {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  };

  const hide = () => {
    clearTimeout(timer);
    if (!shownFor) return;
    shownFor.removeAttribute("aria-describedby");
    shownFor = null;
    popover.classList.remove("cv-shown");
  };

  const place = (mark) => {
    const at = mark.getBoundingClientRect();
    if (at.bottom < 0 || at.top > innerHeight) return hide();
    const { offsetWidth: width, offsetHeight: height } = popover;
    const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - width - 8));
    const isBelow = at.bottom + height + 12 < innerHeight || at.top < height + 12;
    popover.style.left = `${left}px`;
    popover.style.top = `${isBelow ? at.bottom + 6 : at.top - height - 6}px`;
  };

  const show = (mark) => {
    clearTimeout(timer);
    if (!mark.isConnected || shownFor === mark) return;
    hide();
    if (!popover?.isConnected) make();
    popover.querySelector("q").textContent = mark.dataset.quote;
    popover.querySelector("p").textContent = mark.dataset.place;
    popover.classList.add("cv-shown");
    mark.setAttribute("aria-describedby", popover.id);
    shownFor = mark;
    place(mark);
  };

  const markOf = (event) => event.target.closest?.(".cv-mark[data-quote]");

  // A mark that is scrolled to where the pointer rests was not pointed at.
  let last = "";
  const where = (event) => `${event.screenX} ${event.screenY}`;
  document.addEventListener("pointermove", (event) => (last = where(event)), true);
  document.addEventListener("pointerover", (event) => {
    const mark = markOf(event);
    const isPointed = event.pointerType !== "touch" && where(event) !== last;
    if (mark && isPointed) later(() => show(mark), SHOW_MS);
  });
  document.addEventListener("pointerout", (event) => {
    const mark = markOf(event);
    if (mark && !mark.contains(event.relatedTarget)) {
      later(() => mark === shownFor && mark.matches(":focus-visible") || hide(), HIDE_MS);
    }
  });
  document.addEventListener("focusin", (event) => {
    const mark = markOf(event);
    if (mark?.matches(":focus-visible")) show(mark);
    else if (shownFor && !popover.contains(event.target)) hide();
  });
  document.addEventListener("focusout", (event) => {
    if (event.target === shownFor && !shownFor.matches(":hover")) hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shownFor) {
      event.stopPropagation();
      hide();
    }
  }, true);
  document.addEventListener("click", (event) => markOf(event) && hide());
  document.addEventListener("scroll", (event) => {
    if (shownFor && !popover.contains(event.target)) place(shownFor);
  }, true);
  new MutationObserver(() => shownFor && !shownFor.isConnected && hide()).observe(
    document.documentElement,
    { childList: true, subtree: true },
  );
})();
