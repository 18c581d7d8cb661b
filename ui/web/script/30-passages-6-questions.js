// The questions of a brief: pasted or from a file, edited, and sent to be written.
window.cvQuestions = (() => {
  const { say, count, make, send, recall, remember, iconButton } = window.cvDesk;
  let lines = [];
  let title = "";
  let told = "";
  let job = null; // {id, done, total, question} while a brief is written

  const panel = () => document.querySelector("#cv-brief .cv-questions");
  const keep = () => remember("questions", JSON.stringify({ lines, title }));
  const recalled = () => {
    try {
      const kept = JSON.parse(recall("questions") || "{}");
      lines = Array.isArray(kept.lines) ? kept.lines.filter((each) => typeof each.text === "string") : [];
      title = typeof kept.title === "string" ? kept.title : "";
    } catch {
      lines = [];
    }
  };

  const read = async (name, body) => {
    told = say("reading_questions");
    render();
    try {
      const found = await send("POST", `/passages/questions?name=${encodeURIComponent(name)}`, body, { isFile: true });
      lines = found.lines.map((each) => ({ ...each, is_chosen: true }));
      title = found.title || title;
      told = count(found.kind === "list" ? "questions_listed" : "questions_found", found.count);
      keep();
    } catch (error) {
      told = error.message;
    }
    render();
  };

  const step = (at, by, selector) => {
    const [moved] = lines.splice(at, 1);
    lines.splice(at + by, 0, moved);
    keep();
    render();
    const row = panel().querySelectorAll(".cv-question-line")[at + by];
    const button = row.querySelector(selector);
    (button.disabled ? row.querySelector("input[type='text'], textarea") : button).focus();
  };

  const rowOf = (line, at) => {
    const box = make("input", { type: "checkbox", "aria-label": say("ask_this"), onchange: () => ((line.is_chosen = box.checked), keep(), refresh()) });
    box.checked = line.is_chosen !== false;
    const text = make("textarea", { rows: "1", maxlength: "2000", dir: "auto", "aria-label": say(line.is_heading ? "heading" : "question"), oninput: () => ((line.text = text.value), keep(), refresh()) });
    text.value = line.text;
    return make(
      "li",
      { class: `cv-question-line${line.is_heading ? " cv-is-heading" : ""}` },
      box,
      text,
      make(
        "span",
        { class: "cv-movers" },
        iconButton("up", say("move_up"), () => step(at, -1, ".cv-up"), { disabled: at === 0 }),
        iconButton("down", say("move_down"), () => step(at, 1, ".cv-down"), { disabled: at === lines.length - 1 }),
        iconButton("remove", say("remove"), () => {
          lines.splice(at, 1);
          keep();
          render();
          const next = panel().querySelectorAll(".cv-question-line .cv-remove");
          (next[Math.min(at, next.length - 1)] ?? panel().querySelector(".cv-paste")).focus();
        }),
      ),
    );
  };

  const chosen = () => lines.filter((each) => each.is_chosen !== false && each.text.trim());
  const asked = () => chosen().filter((each) => !each.is_heading);

  const refresh = () => {
    const button = panel()?.querySelector(".cv-write");
    if (!button) return;
    button.disabled = !asked().length;
    button.textContent = count("write_brief", asked().length);
  };

  const documents = () => [...document.querySelectorAll(".cv-brief-scope input:checked")].map((each) => each.value);

  document.addEventListener("change", (event) => {
    const form = event.target.closest?.(".cv-brief-scope");
    if (form) form.querySelector(".cv-filters-set").textContent = documents().length ? ` (${documents().length})` : "";
  });

  const write = () => {
    job = { id: crypto.randomUUID?.() ?? `job-${Date.now()}-${Math.random().toString(36).slice(2)}`, done: 0, total: asked().length, question: "" };
    const order = { job: job.id, title, documents: documents(), lines: chosen().map(({ text, is_heading }) => ({ text: text.trim(), is_heading: Boolean(is_heading) })) };
    document.querySelector("#cv-writing .cv-unsaid").dispatchEvent(new CustomEvent("cv-write", { detail: order, bubbles: true }));
    told = "";
    render();
    panel().querySelector(".cv-stop-writing")?.focus();
  };

  const stop = () => {
    document.querySelector("#cv-writing .cv-unsaid").dispatchEvent(new CustomEvent("cv-stop", { detail: { job: job.id }, bubbles: true }));
    job.question = say("stopping");
    render();
  };

  document.addEventListener("cv-written", (event) => {
    const now = event.detail ?? {};
    if (!job || (now.job && now.job !== job.id)) return;
    if ("done" in now) {
      Object.assign(job, now);
      return showProgress();
    }
    job = null;
    told = now.line ?? (now.stopped && !now.brief ? say("stopped") : "");
    if (now.brief) {
      const line = now.stopped ? say("brief_stopped") : now.failed ? count("brief_failed", now.failed) : say("brief_written");
      window.cvBrief.open(now.brief, line);
    } else render();
  });

  const showProgress = () => {
    const bar = panel()?.querySelector("progress");
    if (!bar) return;
    bar.max = Math.max(1, job.total);
    bar.value = job.done;
    panel().querySelector(".cv-progress-line").textContent = job.question
      ? say("writing", { at: Math.min(job.done + 1, job.total), of: job.total, question: job.question })
      : say("waiting");
  };

  const progress = () => [
    make("p", { class: "cv-told cv-progress-line", role: "status", dir: "auto" }),
    make("progress", { "aria-label": say("writing_label") }),
    make("button", { type: "button", class: "cv-plain cv-stop-writing", onclick: stop }, say("stop")),
  ];

  const source = () => {
    const text = make("textarea", { class: "cv-paste", rows: "5", dir: "auto", placeholder: say("paste_questions"), "aria-label": say("paste_questions") });
    const file = make("input", { type: "file", class: "cv-unsaid", tabindex: "-1", accept: ".txt,.md,.docx,.pdf,.html,.odt,.rtf", "aria-label": say("choose_file"), onchange: () => file.files[0] && read(file.files[0].name, file.files[0]) });
    const take = () => text.value.trim() && read("", new Blob([text.value]));
    return [
      text,
      make(
        "div",
        { class: "cv-row" },
        make("button", { type: "button", class: "cv-plain cv-take", onclick: take }, say("take_questions")),
        make("button", { type: "button", class: "cv-plain cv-choose", onclick: () => file.click() }, say("choose_file")),
        file,
      ),
    ];
  };

  const render = () => {
    if (!panel()) return;
    if (job) {
      panel().replaceChildren(make("h3", {}, title || say("brief_untitled")), ...progress());
      return showProgress();
    }
    const name = make("input", { class: "cv-brief-title", maxlength: "300", dir: "auto", placeholder: say("brief_title"), "aria-label": say("brief_title"), oninput: () => ((title = name.value), keep()) });
    name.value = title;
    const add = make("button", { type: "button", class: "cv-plain", onclick: () => {
      lines.push({ text: "", is_heading: false, is_chosen: true });
      render();
      panel().querySelector(".cv-question-line:last-child textarea").focus();
    } }, say("add_question"));
    const listed = lines.length
      ? [
          make("h3", {}, say("questions")),
          name,
          make("ol", { class: "cv-question-lines" }, ...lines.map(rowOf)),
          make("div", { class: "cv-row" }, add, make("button", { type: "button", class: "cv-strong cv-write", onclick: write })),
        ]
      : [];
    panel().replaceChildren(
      make("h3", {}, say("brief_from_questions")),
      make("p", { class: "cv-told" }, say("brief_how")),
      ...source(),
      make("p", { class: "cv-told cv-questions-told", role: "status", dir: "auto" }, told),
      ...listed,
    );
    refresh();
  };

  document.addEventListener("cv-passages-ready", () => {
    if (!job) recalled();
    render();
  });
  return { render };
})();
