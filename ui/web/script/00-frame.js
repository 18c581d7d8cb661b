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

  // The tabs are there before they listen.
  const isShown = () => tab(asked())?.getAttribute("aria-selected") === "true";
  let tries = 100;
  const waiting = setInterval(() => {
    if (!tab("ask")) return;
    if (!asked() || !tab(asked()) || isShown() || --tries === 0) clearInterval(waiting);
    else show();
  }, 100);
})();
