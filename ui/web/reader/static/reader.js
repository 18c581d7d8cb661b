// What a plain page cannot do: go to the quote, show a note beside its marker, turn pages by arrow.
(() => {
  "use strict";
  const quote = document.getElementById("quote");
  const hash = location.hash.slice(1);

  const goToQuote = () => {
    if (!quote) return;
    quote.scrollIntoView({ block: "center", inline: "center" });
    // Parts that were not painted yet have their true height only now.
    requestAnimationFrame(() => quote.scrollIntoView({ block: "center", inline: "center" }));
    if (quote.tabIndex === -1 && quote.localName === "mark") quote.focus({ preventScroll: true });
  };
  if (!hash || hash === "quote") addEventListener("load", goToQuote);

  const outline = document.querySelector(".outline");
  if (outline) {
    outline.toggleAttribute("data-long", outline.querySelectorAll("li").length > 12);
    if (matchMedia("(max-width: 1020px)").matches) outline.querySelector("details").open = false;
  }

  const tip = document.getElementById("tip");
  const marker = (event) => event.target.closest?.("a.marker");
  const show = (event) => {
    const link = marker(event);
    const note = link && document.getElementById(link.hash.slice(1));
    if (!note) return;
    tip.textContent = `${note.querySelector(".label").textContent}  ${note.querySelector("p").textContent}`;
    tip.hidden = false;
    link.setAttribute("aria-describedby", "tip");
  };
  const hide = (event) => {
    const link = marker(event);
    if (!link) return;
    tip.hidden = true;
    link.removeAttribute("aria-describedby");
  };
  if (tip) {
    for (const name of ["mouseover", "focusin"]) document.addEventListener(name, show);
    for (const name of ["mouseout", "focusout", "click"]) document.addEventListener(name, hide);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && tip) tip.hidden = true;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input, textarea, select")) return;
    const frame = document.querySelector(".frame");
    if (!frame || frame.scrollWidth > frame.clientWidth + 1) return;
    const way = { ArrowLeft: "previous", ArrowRight: "next" }[event.key];
    document.getElementById(way ?? "")?.click();
  });
})();
