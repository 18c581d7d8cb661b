// The page shown stands in the address: "#passages" opens it, and going there writes it.
(() => {
  const tab = (page) => document.getElementById(`cv-${page}-page-button`);
  const asked = () => location.hash.slice(1).replace(/\W.*$/, "");

  const show = () => {
    const button = asked() && tab(asked());
    if (button && button.getAttribute("aria-selected") !== "true") button.click();
    return Boolean(button);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#cv-pages > .tab-wrapper [role='tab']");
    const page = button?.id.match(/^cv-(\w+)-page-button$/)?.[1];
    if (page && page !== asked()) history.replaceState(null, "", page === "ask" ? location.pathname : `#${page}`);
  });
  addEventListener("hashchange", show);

  // A tab is there before it can be clicked: it is tried until it is open.
  const isOpen = () => !asked() || tab(asked())?.getAttribute("aria-selected") === "true";
  const deadline = Date.now() + 15_000;
  const opening = setInterval(() => {
    if (tab("ask")) show();
    if (Date.now() > deadline || (tab("ask") && isOpen())) clearInterval(opening);
  }, 100);
})();
