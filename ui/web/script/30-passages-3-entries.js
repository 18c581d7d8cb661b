// The notebook panel: its head, its pins and headings. Everything is edited where it stands.
(() => {
  const { say, count, make, rested, pathOfReader } = window.cvDesk;
  const book = window.cvNotebook;
  const SAVE_MS = 500;
  let chosenTag = "";

  const ICONS = {
    up: "M12 19V5M6 11l6-6 6 6",
    down: "M12 5v14M6 13l6 6 6-6",
    remove: "M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12",
    drag: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
  };
  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", ICONS[name]);
    svg.append(path);
    return svg;
  };
  const iconButton = (name, label, onclick, attributes = {}) =>
    make("button", { type: "button", class: `cv-icon cv-${name}`, "aria-label": label, title: label, onclick, ...attributes }, icon(name));
  window.cvDesk.iconButton = iconButton;

  const place = (pin) => {
    const said = pin.paragraph ? [say("place_paragraph", { n: pin.paragraph })] : [];
    if (pin.page && pin.page_label && String(pin.page) !== pin.page_label)
      said.push(say("place_label", { n: pin.page_label, page: pin.page }));
    else if (pin.page || pin.page_label) said.push(say("place_page", { n: pin.page ?? pin.page_label }));
    return said.join(", ");
  };
  window.cvDesk.place = place;

  const list = () => document.querySelector("#cv-notebook .cv-entries");
  const entries = () => book.state.book?.entries ?? [];
  const at = (id) => entries().findIndex((each) => each.id === id);

  const tellLine = (line, undo) => {
    const shown = document.querySelector("#cv-notebook .cv-notebook-line");
    if (!shown) return;
    shown.replaceChildren(line);
    if (undo) shown.append(" ", make("button", { type: "button", class: "cv-plain", onclick: undo }, say("undo")));
  };
  window.cvNotebook.tellLine = tellLine;

  // A heading goes with the pins under it.
  const groupOf = (id) => {
    const first = at(id);
    const own = entries();
    if (own[first].kind !== "heading") return [own[first]];
    let end = first + 1;
    while (end < own.length && own[end].kind !== "heading") end += 1;
    return own.slice(first, end);
  };

  const move = (moved, before) => {
    const ids = new Set(moved.map((each) => each.id));
    if (ids.has(before)) return;
    const left = entries().filter((each) => !ids.has(each.id));
    const to = before ? left.findIndex((each) => each.id === before) : left.length;
    left.splice(to, 0, ...moved);
    book.state.book.entries = left;
    book.change({ kind: "move", entry_ids: [...ids], before: before ?? "" }).catch(() => {});
    // The elements are moved, not made anew: what is being written in them stays.
    const shown = new Map([...list().children].map((each) => [each.dataset.id, each]));
    const next = before ? shown.get(before) : null;
    moved.forEach((each) => list().insertBefore(shown.get(each.id), next));
    refresh();
  };

  // One step up or down; a heading with its pins changes places with the group before or after.
  const step = (id, by) => {
    const own = entries();
    const moved = groupOf(id);
    const first = at(id);
    const isGroup = own[first].kind === "heading";
    let before;
    if (by < 0) {
      if (first === 0) return;
      let to = first - 1;
      while (isGroup && to > 0 && own[to].kind !== "heading") to -= 1;
      before = own[to].id;
    } else {
      const after = first + moved.length;
      if (after >= own.length) return;
      const passed = isGroup ? groupOf(own[after].id).length : 1;
      before = own[after + passed]?.id ?? "";
    }
    move(moved, before);
    const item = list().querySelector(`[data-id="${CSS.escape(id)}"]`);
    item.scrollIntoView({ block: "nearest" });
    const button = item.querySelector(by < 0 ? ".cv-up" : ".cv-down");
    (button.disabled ? item.querySelector(by < 0 ? ".cv-down" : ".cv-up") : button).focus({ preventScroll: true });
    tellLine(say("moved_to", { at: at(id) + 1, of: entries().length }));
  };

  const remove = (id) => {
    const own = entries();
    const gone = own[at(id)];
    const next = own[at(id) + 1]?.id ?? "";
    book.state.book.entries = own.filter((each) => each.id !== id);
    book.change({ kind: "remove", entry_ids: [id] }).catch(() => {});
    const item = list().querySelector(`[data-id="${CSS.escape(id)}"]`);
    const focus = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    refresh();
    focus?.querySelector(".cv-remove")?.focus();
    tellLine(say(gone.kind === "pin" ? "pin_removed" : "heading_removed"), () => putBack(gone, next));
  };

  const putBack = async (gone, before) => {
    const wanted =
      gone.kind === "heading"
        ? { kind: "heading", text: gone.text, before }
        : { kind: "put back", pin_id: gone.id, passage_id: gone.passage_id, start: gone.start, end: gone.end, note: gone.note, tags: gone.tags, before };
    const told = await book.change(wanted).catch(() => null);
    if (!told) return;
    add(told.entry, before);
    tellLine(say("put_back"));
  };

  const add = (entry, before = "") => {
    if (at(entry.id) >= 0) return; // it came with the whole notebook
    const to = before ? at(before) : -1;
    const own = entries();
    own.splice(to < 0 ? own.length : to, 0, entry);
    if (!list()) return;
    const next = before ? list().querySelector(`[data-id="${CSS.escape(before)}"]`) : null;
    list().insertBefore(itemOf(entry), next);
    refresh();
    return list().querySelector(`[data-id="${CSS.escape(entry.id)}"]`);
  };
  Object.assign(window.cvNotebook, { add, list, groupOf, move });

  // A field that saves what is written in it once the keys rest, and at once when it is left.
  const saved = (field, entry, name, wanted) => {
    const save = rested(() => {
      const value = wanted.read(field.value);
      if (value === "" && wanted.kind === "retitle") return; // a heading keeps its last words
      const was = entry[name];
      if (JSON.stringify(value) === JSON.stringify(was)) return;
      entry[name] = value;
      book.change({ kind: wanted.kind, entry_id: entry.id, was, [wanted.field]: value }).catch(() => {});
      if (name === "tags") refresh();
    }, SAVE_MS);
    field.addEventListener("input", save);
    field.addEventListener("change", save.flush);
    field.addEventListener("blur", save.flush);
    return field;
  };
  const parseTags = (line) => [...new Set(line.split(",").map((each) => each.trim().replace(/\s+/g, " ")).filter(Boolean))];

  const movers = (entry) => [
    make("span", { class: "cv-icon cv-drag", draggable: "true", title: say("drag"), "aria-hidden": "true" }, icon("drag")),
    iconButton("up", say("move_up"), () => step(entry.id, -1)),
    iconButton("down", say("move_down"), () => step(entry.id, 1)),
    iconButton("remove", say("remove"), () => remove(entry.id)),
  ];

  const itemOf = (entry) => (entry.kind === "heading" ? headingItem(entry) : pinItem(entry));

  const headingItem = (entry) => {
    const field = make("input", { class: "cv-heading-text", maxlength: "300", dir: "auto", "aria-label": say("heading") });
    field.value = entry.text;
    saved(field, entry, "text", { kind: "retitle", field: "text", read: (value) => value });
    return make("li", { class: "cv-entry cv-entry-heading", "data-id": entry.id }, field, make("span", { class: "cv-movers" }, ...movers(entry)));
  };

  const pinItem = (entry) => {
    const note = make("textarea", { class: "cv-pin-note", rows: "1", maxlength: "20000", dir: "auto", placeholder: say("note"), "aria-label": say("note") });
    note.value = entry.note;
    saved(note, entry, "note", { kind: "note", field: "text", read: (value) => value });
    const tags = make("input", { class: "cv-pin-tags", maxlength: "600", dir: "auto", placeholder: say("tags"), "aria-label": say("tags_label") });
    tags.value = entry.tags.join(", ");
    saved(tags, entry, "tags", { kind: "tags", field: "tags", read: parseTags });
    const named = [entry.title || entry.document_id, place(entry)].filter(Boolean).join(", ");
    const source = entry.is_held
      ? make("a", { class: "cv-pin-source", href: pathOfReader(entry), target: "_blank", rel: "noopener", dir: "auto" }, named)
      : make("span", { class: "cv-pin-source cv-problem", dir: "auto" }, `${named} (${say("not_held")})`);
    return make(
      "li",
      { class: "cv-entry cv-entry-pin", "data-id": entry.id },
      make("blockquote", { dir: "auto" }, entry.quote),
      make("div", { class: "cv-entry-foot" }, source, make("span", { class: "cv-movers" }, ...movers(entry))),
      make("div", { class: "cv-entry-fields" }, note, tags),
    );
  };

  // What depends on the whole: counts, tags to filter by, which buttons lead nowhere.
  const refresh = () => {
    const own = entries();
    const pins = own.filter((each) => each.kind === "pin");
    document.querySelectorAll("#cv-view-notebook-tab .cv-tab-count").forEach((each) => (each.textContent = String(pins.length || "")));
    const bar = document.querySelector("#cv-notebook .cv-notebook-bar");
    if (!bar) return;
    const tags = [...new Set(pins.flatMap((each) => each.tags))].sort((a, b) => a.localeCompare(b));
    if (chosenTag && !tags.includes(chosenTag)) chosenTag = "";
    const chips = tags.map((tag) =>
      make("button", { type: "button", class: "cv-tag", "aria-pressed": String(tag === chosenTag), dir: "auto", onclick: () => chooseTag(tag) }, tag),
    );
    bar.replaceChildren(
      make("span", { class: "cv-count" }, count("pins", pins.length)),
      ...(chips.length ? [make("span", { class: "cv-tags", role: "group", "aria-label": say("filter_tags") }, ...chips)] : []),
      make("button", { type: "button", class: "cv-plain cv-add-heading", onclick: addHeading }, say("add_heading")),
    );
    const tagsOf = new Map(pins.map((each) => [each.id, each.tags]));
    [...list().children].forEach((item, n) => {
      item.hidden = Boolean(chosenTag) && !(tagsOf.get(item.dataset.id) ?? []).includes(chosenTag);
      item.querySelector(".cv-up").disabled = Boolean(chosenTag) || n === 0;
      item.querySelector(".cv-down").disabled = Boolean(chosenTag) || n === own.length - 1;
      item.querySelector(".cv-drag").draggable = !chosenTag;
    });
    book.tell("shown");
  };

  const chooseTag = (tag) => {
    chosenTag = tag === chosenTag ? "" : tag;
    refresh();
    [...document.querySelectorAll("#cv-notebook .cv-tag")].find((each) => each.textContent === tag)?.focus();
  };

  let isAdding = false; // a space typed too early would press the button again

  const addHeading = async () => {
    if (isAdding) return;
    isAdding = true;
    const told = await book.change({ kind: "heading", text: say("new_heading") }).catch(() => null);
    isAdding = false;
    if (!told) return;
    const item = add(told.entry) ?? list().querySelector(`[data-id="${CSS.escape(told.entry.id)}"]`);
    item?.scrollIntoView({ block: "nearest" });
    item?.querySelector(".cv-heading-text").select();
  };

  // What is being written while the notebook is drawn anew stays, if `isKept`.
  const render = (isKept = false) => {
    if (!list() || !book.state.book) return;
    const written = document.activeElement?.closest("#cv-notebook .cv-entry") ? document.activeElement : null;
    const id = written?.closest(".cv-entry").dataset.id;
    list().replaceChildren(...entries().map(itemOf));
    if (!entries().length) tellLine(say("notebook_empty"));
    refresh();
    const same = id && list().querySelector(`[data-id="${CSS.escape(id)}"] .${written.classList[0]}`);
    if (!same) return;
    same.focus();
    if (!isKept || typeof written.value !== "string" || same.value === written.value) return;
    same.value = written.value;
    same.setSelectionRange(written.selectionStart, written.selectionEnd);
    same.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const ON = {
    opened: () => {
      chosenTag = "";
      tellLine("");
      render();
    },
    "changed elsewhere": () => {
      render(true);
      tellLine(say("changed_elsewhere"));
    },
    refused: ({ line, wanted }) => {
      render();
      const words = wanted.text ?? wanted.name ?? wanted.tags?.join(", ") ?? "";
      tellLine([say("conflict"), words && say("conflict_words", { words })].filter(Boolean).join(" ") || line);
    },
    failed: ({ line }) => tellLine(line),
  };
  document.addEventListener("cv-notebook", (event) => ON[event.detail.what]?.(event.detail));
  document.addEventListener("cv-passages-ready", () =>
    book.ready().then(() => render()).catch((error) => tellLine(error.message)),
  );
})();
