// The brief that is being edited: its sections, paragraphs and sources, kept as one writes.
window.cvBrief = (() => {
  const desk = window.cvDesk;
  const { say, count, make, send, rested, recall, remember, place, pathOfReader, iconButton } = desk;
  const BASE = "/passages/briefs";
  const SAVE_MS = 600;
  let list = [];
  let brief = null;
  let line = "";
  let undo = null;
  let saving = Promise.resolve();

  const panel = () => document.querySelector("#cv-brief .cv-editor");
  const source = (n) => brief.sources.find((each) => each.n === n);

  const tell = (text, work = null) => {
    line = text;
    undo = work;
    const shown = panel()?.querySelector(".cv-editor-line");
    if (!shown) return;
    shown.replaceChildren(text);
    if (work) shown.append(" ", make("button", { type: "button", class: "cv-plain", onclick: work }, say("undo")));
  };

  const save = () => {
    saving = saving.then(async () => {
      if (!brief) return;
      const { id, version, title, sections } = brief;
      try {
        const kept = await send("PUT", `${BASE}/${id}`, { version, title, sections });
        if (brief?.id === id) Object.assign(brief, { version: kept.version, numbers: kept.numbers });
        check();
      } catch (error) {
        if (error.body?.brief && brief?.id === id) {
          brief = error.body.brief;
          render();
        }
        tell(error.message);
      }
    });
    return saving;
  };
  const saveSoon = rested(save, SAVE_MS);

  // The server numbers as well; should the two ever differ, the server's numbers are shown.
  const check = () => {
    const own = window.cvNumbers(brief);
    const differs = Object.entries(brief.numbers).some(([n, shown]) => (own.get(Number(n)) ?? null) !== (shown ?? null));
    if (differs) open(brief.id, say("brief_renumbered"));
  };

  // What depends on the order of the whole: numbers, and which buttons lead nowhere.
  const refresh = () => {
    const numbers = window.cvNumbers(brief);
    panel().querySelectorAll("[data-source]").forEach((each) => {
      each.textContent = `[${numbers.get(Number(each.dataset.source))}]`;
    });
    const cited = [...numbers].sort((a, b) => a[1] - b[1]);
    const seen = new Set();
    const rows = cited.filter(([, shown]) => !seen.has(shown) && seen.add(shown)).map(([n, shown]) => sourceRow(source(n), shown));
    panel().querySelector(".cv-brief-sources ol").replaceChildren(...rows);
    panel().querySelector(".cv-brief-sources").hidden = !rows.length;
  };

  const sourceRow = (cited, n) =>
    make(
      "li",
      { id: `cv-brief-source-${n}`, value: String(n) },
      make("a", { href: pathOfReader(cited), target: "_blank", rel: "noopener", dir: "auto", class: "cv-pin-source" },
        [cited.organisation, cited.title || cited.document_id, cited.date, place(cited)].filter(Boolean).join(", ")),
      make("span", { class: "cv-source-quote", dir: "auto" }, cited.quote),
    );

  const mark = (n) => {
    const cited = source(n);
    return make("a", {
      class: "cv-mark", "data-source": String(n), href: pathOfReader(cited), target: "_blank", rel: "noopener",
      title: `“${cited.quote.slice(0, 600)}”`,
    });
  };

  const changed = () => {
    refresh();
    saveSoon();
  };

  // One step up or down in a list; the focus stays on the button, or goes to its twin at an end.
  const movers = (owner, each, selector, removed) => {
    const step = (by) => {
      const own = owner();
      const at = own.indexOf(each);
      if (at + by < 0 || at + by >= own.length) return;
      own.splice(at + by, 0, ...own.splice(at, 1));
      changed();
      render();
      const row = panel().querySelectorAll(selector)[[...allOf(selector)].indexOf(each)];
      row?.querySelector(by < 0 ? ":scope > .cv-movers .cv-up" : ":scope > .cv-movers .cv-down")?.focus();
      row?.scrollIntoView({ block: "nearest" });
    };
    const remove = () => {
      const own = owner();
      const at = own.indexOf(each);
      own.splice(at, 1);
      changed();
      render();
      tell(removed, () => {
        own.splice(at, 0, each);
        changed();
        render();
        tell(say("put_back"));
      });
    };
    return make(
      "span",
      { class: "cv-movers" },
      iconButton("up", say("move_up"), () => step(-1)),
      iconButton("down", say("move_down"), () => step(1)),
      iconButton("remove", say("remove"), remove),
    );
  };
  const allOf = (selector) => (selector === ".cv-section-edit" ? brief.sections : brief.sections.flatMap((each) => each.items));

  const textField = (tag, value, label, oninput, attributes = {}) => {
    const field = make(tag, { dir: "auto", "aria-label": label, ...attributes });
    field.value = value;
    field.addEventListener("input", () => oninput(field.value));
    field.addEventListener("change", () => saveSoon.flush());
    return field;
  };

  const itemRow = (section, item) => {
    const state = make("span", { class: "cv-item-state" });
    const row = make("div", { class: "cv-item", role: "group", "aria-label": say("paragraph") });
    const show = () => {
      row.classList.toggle("cv-is-quote", item.is_quote);
      state.textContent = item.is_quote ? say("verbatim") : item.is_edited ? say("edited") : item.sources.length ? "" : say("own_words");
      state.classList.toggle("cv-problem", item.is_edited);
    };
    const text = textField("textarea", item.text, say("paragraph"), (value) => {
      const was = item.is_quote || item.is_edited;
      item.text = value;
      item.is_quote = was && value === source(item.sources[0])?.quote;
      item.is_edited = was && !item.is_quote;
      show();
      changed();
    }, { rows: "2", maxlength: "100000" });
    show();
    row.append(
      make("div", { class: "cv-item-text" }, text),
      make("div", { class: "cv-item-foot" }, make("span", { class: "cv-item-marks" }, ...item.sources.map(mark)), state),
      movers(() => section.items, item, ".cv-item", say("paragraph_removed")),
    );
    return item.heading && section.items.find((each) => each.heading === item.heading) === item
      ? [make("h4", { dir: "auto" }, item.heading), row]
      : [row];
  };

  const addPinned = async (section, pin) => {
    await saving;
    const told = await send("POST", `${BASE}/${brief.id}/sources`, { passage_id: pin.passage_id, start: pin.start, end: pin.end });
    brief.version = told.version;
    if (!source(told.source.n)) brief.sources.push(told.source);
    section.items.push({ text: told.source.quote, sources: [told.source.n], is_quote: true, is_edited: false, heading: "" });
    changed();
    render();
    tell(say("pin_added"));
  };

  const pinMenu = (section) => {
    const pins = () => (window.cvNotebook.state.book?.entries ?? []).filter((each) => each.kind === "pin" && each.is_held);
    const opened = desk.menu(say("add_pinned"));
    opened.addEventListener("toggle", () => {
      if (!opened.open) return;
      const items = pins().map((pin) =>
        make("button", { type: "button", class: "cv-menu-item cv-menu-pin", dir: "auto", onclick: () => addPinned(section, pin).catch((error) => tell(error.message)) },
          make("span", {}, pin.quote), make("small", {}, [pin.title, place(pin)].filter(Boolean).join(", "))),
      );
      opened.querySelector(".cv-menu-in").replaceChildren(...(items.length ? items : [make("p", { class: "cv-told cv-menu-item" }, say("notebook_empty"))]));
    });
    return opened;
  };

  const readOn = (section) => {
    if (!section.passages.length) return "";
    const rows = section.passages.map((n) => {
      const cited = source(n);
      const take = make("button", { type: "button", class: "cv-plain", onclick: () => {
        section.passages = section.passages.filter((each) => each !== n);
        section.items.push({ text: cited.quote, sources: [n], is_quote: true, is_edited: false, heading: "" });
        changed();
        render();
      } }, say("take_in"));
      const leave = iconButton("remove", say("remove"), () => {
        section.passages = section.passages.filter((each) => each !== n);
        changed();
        render();
      });
      return make("li", {}, mark(n), make("span", { class: "cv-source-quote", dir: "auto" }, cited.quote), make("span", { class: "cv-movers" }, take, leave));
    });
    return make("details", { class: "cv-read-on" }, make("summary", {}, count("read_on", rows.length)), make("ul", {}, ...rows));
  };

  const sectionRow = (section) => {
    const heading = textField("textarea", section.heading, say("heading"), (value) => {
      section.heading = value.replace(/\s*\n\s*/g, " ");
      saveSoon();
    }, { rows: "1", maxlength: "2000", class: "cv-section-heading" });
    const points = section.open_points.map((each) => make("li", { dir: "auto" }, each));
    const add = make("button", { type: "button", class: "cv-plain", onclick: () => {
      section.items.push({ text: "", sources: [], is_quote: false, is_edited: false, heading: "" });
      changed();
      render();
      const rows = panel().querySelectorAll(".cv-section-edit")[brief.sections.indexOf(section)].querySelectorAll(".cv-item textarea");
      rows[rows.length - 1].focus();
    } }, say("add_paragraph"));
    return make(
      "section",
      { class: "cv-section-edit" },
      heading,
      movers(() => brief.sections, section, ".cv-section-edit", say("section_removed")),
      make("div", { class: "cv-items" }, ...section.items.flatMap((each) => itemRow(section, each))),
      points.length ? make("div", { class: "cv-open-points" }, make("p", {}, say("open_points")), make("ul", {}, ...points)) : "",
      readOn(section),
      make("div", { class: "cv-row" }, add, pinMenu(section)),
    );
  };

  const head = () => {
    const chosen = make("select", { class: "cv-notebook-choice", "aria-label": say("tab_brief"), dir: "auto", onchange: () => open(chosen.value) },
      ...list.map((each) => make("option", { value: each.id, selected: each.id === brief?.id }, each.id === brief?.id ? brief.title : each.title)),
    );
    const item = (label, onclick) => make("button", { type: "button", class: "cv-menu-item", onclick }, label);
    return make("div", { class: "cv-notebook-head cv-brief-head" },
      chosen,
      make("button", { type: "button", class: "cv-plain", onclick: close }, say("new")),
      desk.exportMenu(() => `/export/brief/${brief.id}`),
      desk.menu(say("more"), item(say("delete"), remove)),
    );
  };

  const render = () => {
    const shell = document.getElementById("cv-brief");
    if (!panel()) return;
    shell.querySelectorAll(".cv-questions, .cv-brief-scope").forEach((each) => (each.hidden = Boolean(brief)));
    panel().hidden = false;
    if (!brief) {
      const kept = list.map((each) => make("li", {}, make("button", { type: "button", class: "cv-plain cv-open-brief", dir: "auto", onclick: () => open(each.id) }, each.title)));
      panel().replaceChildren(
        make("p", { class: "cv-told cv-editor-line", role: "status", dir: "auto" }),
        kept.length ? make("h3", {}, say("kept_briefs")) : "", kept.length ? make("ul", { class: "cv-kept-briefs" }, ...kept) : "");
      return tell(line, undo);
    }
    const at = panel().closest("#cv-brief")?.scrollTop;
    const title = textField("textarea", brief.title, say("brief_title"), (value) => {
      brief.title = value.replace(/\s*\n\s*/g, " ");
      saveSoon();
    }, { rows: "1", maxlength: "300", class: "cv-brief-name" });
    panel().replaceChildren(
      head(),
      make("p", { class: "cv-told cv-editor-line", role: "status", dir: "auto" }),
      title,
      ...brief.sections.map(sectionRow),
      make("button", { type: "button", class: "cv-plain cv-add-section", onclick: () => {
        brief.sections.push({ heading: say("new_heading"), items: [], passages: [], open_points: [] });
        changed();
        render();
        panel().querySelector(".cv-section-edit:last-of-type .cv-section-heading").select();
      } }, say("add_section")),
      make("section", { class: "cv-brief-sources" }, make("h3", {}, say("sources")), make("ol", {})),
    );
    refresh();
    tell(line, undo);
    if (at) panel().closest("#cv-brief").scrollTop = at;
  };

  const open = async (id, told = "") => {
    await saving;
    try {
      brief = await send("GET", `${BASE}/${id}`);
      list = (await send("GET", BASE)).briefs;
      remember("brief", id);
      line = told;
    } catch (error) {
      brief = null;
      remember("brief", "");
      line = error.message;
    }
    undo = null;
    render();
  };

  const close = async () => {
    await saving;
    brief = null;
    remember("brief", "");
    line = "";
    list = (await send("GET", BASE).catch(() => ({ briefs: list }))).briefs;
    window.cvQuestions.render();
    render();
  };

  const remove = async () => {
    await saving;
    const { id, title } = brief;
    try {
      await send("DELETE", `${BASE}/${id}`);
    } catch (error) {
      return tell(error.message);
    }
    await close();
    tell(say("brief_removed", { name: title }), async () => {
      await send("POST", `${BASE}/${id}/restore`);
      open(id);
    });
  };

  document.addEventListener("cv-brief-of-notebook", async (event) => {
    try {
      const made = await send("POST", BASE, { notebook_id: event.detail });
      desk.show("brief", true);
      await open(made.id);
    } catch (error) {
      window.cvNotebook.tellLine(error.message);
    }
  });
  document.addEventListener("cv-passages-ready", async () => {
    try {
      list = (await send("GET", BASE)).briefs;
    } catch (error) {
      line = error.message;
    }
    const last = recall("brief");
    if (brief) render();
    else if (list.some((each) => each.id === last)) open(last);
    else render();
  });
  return { open };
})();
