// The head of the notebook panel: which notebook, what can be done with it as a whole, and files.
(() => {
  const { say, make } = window.cvDesk;
  const book = window.cvNotebook;
  const FORMATS = ["docx", "pdf", "md", "txt", "bib", "ris", "json"];
  const STYLES = ["un", "chicago"];
  const head = () => document.querySelector("#cv-notebook .cv-notebook-head");

  // A menu with a link for each format; `path` is that of what is exported.
  const exportMenu = (path, further = []) => {
    const style = make(
      "select",
      { "aria-label": say("style") },
      ...STYLES.map((each) => make("option", { value: each }, say(`style_${each}`))),
    );
    style.value = window.cvDesk.recall("style") || "un";
    const links = FORMATS.map((format) => make("a", { class: "cv-menu-item", "data-format": format, download: "" }, say(`format_${format}`)));
    const aim = () => {
      window.cvDesk.remember("style", style.value);
      links.forEach((link) => (link.href = `${path()}.${link.dataset.format}?style=${style.value}&language=${document.documentElement.lang}`));
    };
    style.addEventListener("change", aim);
    aim();
    const copy = make("button", { type: "button", class: "cv-menu-item", onclick: async () => {
      const text = await (await fetch(`${path()}.txt?style=${style.value}`)).text();
      try {
        await navigator.clipboard.writeText(text);
        copy.textContent = say("copied");
      } catch {
        copy.textContent = say("not_copied");
      }
      setTimeout(() => (copy.textContent = say("copy")), 3000);
    } }, say("copy"));
    return menu(say("export"), make("label", { class: "cv-menu-style" }, say("style"), style), ...links, copy, ...further);
  };

  const menu = (label, ...items) =>
    make("details", { class: "cv-menu" }, make("summary", { class: "cv-plain" }, label), make("div", { class: "cv-menu-in" }, ...items));
  Object.assign(window.cvDesk, { exportMenu, menu });

  // A menu closes with Escape, on a click elsewhere, and after a choice.
  document.addEventListener("click", (event) => {
    document.querySelectorAll(".cv-menu[open]").forEach((open) => {
      const isWithin = open.contains(event.target);
      if (!isWithin || event.target.closest("a.cv-menu-item")) open.open = false;
    });
  });
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && document.querySelector(".cv-menu[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  // One line of text asked for in a dialog; empty if it is closed.
  const askLine = (title, value) =>
    new Promise((resolve) => {
      const field = make("input", { maxlength: "200", dir: "auto", "aria-label": title });
      field.value = value;
      const dialog = make(
        "dialog",
        { class: "cv-dialog cv-desk-dialog", "aria-label": title },
        make(
          "form",
          { method: "dialog", onsubmit: () => (dialog.returnValue = "ok") },
          make("h2", {}, title),
          field,
          make(
            "div",
            { class: "cv-choices" },
            make("button", { type: "button", class: "cv-cancel", onclick: () => dialog.close("") }, say("cancel")),
            make("button", { type: "submit", class: "cv-send", value: "ok" }, say("save")),
          ),
        ),
      );
      dialog.addEventListener("close", () => {
        dialog.remove();
        resolve(dialog.returnValue === "ok" ? field.value.trim() : "");
      });
      (document.querySelector(".gradio-container") ?? document.body).append(dialog);
      dialog.showModal();
      field.select();
    });
  window.cvDesk.askLine = askLine;

  const tried = (work) => async (event) => {
    const open = event?.target?.closest?.(".cv-menu");
    if (open) open.open = false;
    try {
      await work(event);
    } catch (error) {
      book.tellLine(error.message);
    }
  };

  const begin = tried(async () => {
    const name = await askLine(say("new_notebook"), "");
    if (name) await book.make(name);
    head()?.querySelector("select").focus();
  });

  const rename = tried(async () => {
    const { name } = book.state.book;
    const other = await askLine(say("rename_notebook"), name);
    if (!other || other === name) return;
    await book.change({ kind: "rename", was: name, name: other });
    book.state.book.name = other;
    const line = book.state.list.find((each) => each.id === book.state.book.id);
    if (line) line.name = other;
    render();
  });

  const remove = tried(async () => {
    const { id, name } = await book.remove();
    book.tellLine(say("notebook_removed", { name }), tried(() => book.restore(id)));
  });

  const bringIn = tried(async (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (file) await book.bringIn(file);
  });

  const render = () => {
    if (!head() || !book.state.book) return;
    const { id, name } = book.state.book;
    const chosen = make(
      "select",
      { class: "cv-notebook-choice", "aria-label": say("tab_notebook"), dir: "auto", onchange: tried(() => book.open(chosen.value)) },
      ...book.state.list.map((each) => make("option", { value: each.id, selected: each.id === id }, each.id === id ? name : each.name)),
    );
    const file = make("input", { type: "file", class: "cv-unsaid", accept: ".json,application/json", tabindex: "-1", "aria-label": say("import"), onchange: bringIn });
    const item = (label, onclick) => make("button", { type: "button", class: "cv-menu-item", onclick }, label);
    head().replaceChildren(
      chosen,
      make("button", { type: "button", class: "cv-plain cv-notebook-new", onclick: begin }, say("new")),
      exportMenu(
        () => `/export/notebook/${id}`,
        [make("a", { class: "cv-menu-item", href: `/passages/notebooks/${id}/file`, download: "" }, say("format_notebook"))],
      ),
      menu(
        say("more"),
        item(say("rename"), rename),
        item(say("brief_of_notebook"), () => document.dispatchEvent(new CustomEvent("cv-brief-of-notebook", { detail: id }))),
        item(say("import"), () => file.click()),
        item(say("delete"), remove),
      ),
      file,
    );
  };

  document.addEventListener("cv-notebook", (event) => {
    if (["opened", "changed elsewhere", "refused"].includes(event.detail.what)) render();
  });
  document.addEventListener("cv-passages-ready", () => book.ready().then(render).catch(() => {}));
})();
