// What the parts of the passages page share: words, elements, the way to the server, the views.
window.cvDesk = (() => {
  const words = window.cvWords ?? {};

  // A text of the page's language; "{name}" is filled in from `values`.
  const say = (name, values = {}) =>
    (words[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
  const count = (name, n, values = {}) =>
    say(`${name}_${n === 1 ? "one" : "many"}`, { n: n.toLocaleString(document.documentElement.lang), ...values });

  // An element whose texts are texts: nothing that a document says becomes markup here.
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === false || value == null) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (name in element && typeof value === "boolean") element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children.filter((each) => each != null && each !== ""));
    return element;
  };

  // The server's answer as JSON. What fails becomes an Error with the line to show; `status` and
  // `body` say more.
  const send = async (method, path, body, { isFile = false, signal } = {}) => {
    const options = { method, signal, headers: {} };
    if (body !== undefined) {
      options.body = isFile ? body : JSON.stringify(body);
      options.keepalive = !isFile && options.body.length < 60_000; // goes out though the page closes
      options.headers["content-type"] = isFile ? "application/octet-stream" : "application/json";
    }
    let response;
    try {
      response = await fetch(path, options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw Object.assign(new Error(say("no_server")), { status: 0, body: {} });
    }
    const told = await response.json().catch(() => ({}));
    if (response.ok) return told;
    const line = typeof told.detail === "string" ? told.detail : say("no_server");
    throw Object.assign(new Error(line), { status: response.status, body: told });
  };

  // What still waits is done when the page closes.
  const due = new Set();
  addEventListener("pagehide", () => [...due].forEach((run) => run()));

  // Calls `work` once the calls rest for `pause_ms`; `flush` at once, if one waits.
  const rested = (work, pause_ms) => {
    let waiting = 0;
    let last = [];
    const run = () => {
      clearTimeout(waiting);
      waiting = 0;
      due.delete(run);
      return work(...last);
    };
    const call = (...values) => {
      last = values;
      clearTimeout(waiting);
      waiting = setTimeout(run, pause_ms);
      due.add(run);
    };
    call.flush = () => (waiting ? run() : undefined);
    return call;
  };

  // Values kept in this browser; a browser that keeps nothing is none the worse.
  const recall = (name) => {
    try {
      return localStorage.getItem(`cv-${name}`) ?? "";
    } catch {
      return "";
    }
  };
  const remember = (name, value) => {
    try {
      localStorage.setItem(`cv-${name}`, value);
    } catch {}
  };

  const pathOfReader = (cited) =>
    `/read/${encodeURIComponent(cited.document_id)}?start=${cited.start}&end=${cited.end}`;

  const show = (view, isFocused = false) => {
    const main = document.getElementById("cv-desk");
    if (!main) return;
    main.dataset.view = view;
    document.querySelectorAll("#cv-views [role='tab']").forEach((tab) => {
      const isChosen = tab.dataset.view === view;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      if (isChosen && isFocused) tab.focus();
      if (isChosen) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    });
    remember("view", view);
    document.dispatchEvent(new CustomEvent("cv-view", { detail: view }));
  };

  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.("#cv-views [role='tab']");
    if (!tab) return;
    show(tab.dataset.view);
    const top = document.getElementById("cv-desk").getBoundingClientRect().top;
    if (top < 0) scrollBy(0, top); // on narrow screens the page itself scrolls
  });

  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("#cv-views [role='tab']");
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (!tab || !step) return;
    event.preventDefault();
    const tabs = [...tab.parentElement.children].filter((each) => each.checkVisibility());
    const at = tabs.indexOf(tab) + step;
    const next = Number.isFinite(at) ? (at + tabs.length) % tabs.length : at > 0 ? tabs.length - 1 : 0;
    show(tabs[next].dataset.view, true);
  });

  // The parts are laid out one after the other; they are filled once they rest.
  document.addEventListener(
    "cv-part-ready",
    rested(() => document.dispatchEvent(new CustomEvent("cv-passages-ready")), 30),
  );

  document.addEventListener("cv-passages-ready", () => {
    document.querySelectorAll("#cv-desk .cv-view-panel").forEach((panel) => {
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", `${panel.id}-tab`);
    });
    const isThere = (view) => document.querySelector(`#cv-views [data-view="${CSS.escape(view ?? "")}"]`);
    const asked = [document.getElementById("cv-desk").dataset.view, recall("view")];
    show(asked.find(isThere) ?? "search"); // what was kept may be of another edition
  });

  return { say, count, make, send, rested, recall, remember, pathOfReader, show };
})();
