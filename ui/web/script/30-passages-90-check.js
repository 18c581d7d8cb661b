// Check a brief: an edited file is sent, and what became of each quotation is listed.
(() => {
  const { say, make, send, place, pathOfReader } = window.cvDesk;
  const KINDS = { "changed in a newer edition": "newer" };
  const SOUND = ["verbatim", "carried"];
  let report = null;
  let line = "";
  let isWhole = false;

  const panel = () => document.querySelector("#cv-check .cv-check");
  const kind = (verdict) => KINDS[verdict] ?? verdict;

  const check = async (file) => {
    report = null;
    line = say("checking", { name: file.name });
    render();
    try {
      report = await send("POST", `/passages/check?name=${encodeURIComponent(file.name)}`, file, { isFile: true });
      const n = report.checked.length;
      const bad = report.checked.filter((each) => !SOUND.includes(each.verdict)).length;
      line = say(!n ? "check_nothing" : bad ? "check_unsound" : "check_sound", { name: file.name, n, of: n, bad });
      isWhole = false;
    } catch (error) {
      line = error.message;
    }
    render();
  };

  // One difference: what the document has is struck through, what the file has is underlined.
  const change = ({ words, instead }) =>
    make("li", { dir: "auto" }, instead ? make("del", {}, instead) : "", instead && words ? " → " : "", words ? make("ins", {}, words) : "");

  // What a difference shows already need not be told in words as well.
  const isTold = (how, changes) => changes.some(({ words, instead }) => words && instead && how.includes(words) && how.includes(instead));

  const finding = (each) => {
    const further = each.how.filter((how) => !isTold(how, each.changes));
    const where = each.note ? say("check_place_note", { n: each.paragraph, note: each.note }) : say("check_place", { n: each.paragraph });
    const { standing } = each;
    return make(
      "li",
      { class: `cv-finding cv-verdict-${kind(each.verdict)}` },
      make("p", { class: "cv-finding-head" }, make("strong", {}, say(`verdict_${kind(each.verdict)}`)), make("span", { class: "cv-facts" }, where)),
      make("blockquote", { dir: "auto" }, each.text),
      each.changes.length ? make("div", { class: "cv-changes" }, make("p", { class: "cv-facts" }, say("check_difference")), make("ul", {}, ...each.changes.map(change))) : "",
      further.length ? make("ul", { class: "cv-how" }, ...further.map((how) => make("li", { dir: "auto" }, how))) : "",
      standing
        ? make("p", { class: "cv-standing" }, make("span", { class: "cv-facts" }, `${say("check_document")} `),
            make("a", { href: pathOfReader(standing), target: "_blank", rel: "noopener", dir: "auto", class: "cv-pin-source" },
              [standing.title || standing.document_id, place(standing)].filter(Boolean).join(", ")))
        : "",
    );
  };

  const render = () => {
    if (!panel()) return;
    const file = make("input", { type: "file", class: "cv-unsaid", tabindex: "-1", accept: ".docx,.md,.markdown", "aria-label": say("check_file"), onchange: () => file.files[0] && check(file.files[0]) });
    const shown = (report?.checked ?? []).filter((each) => isWhole || !SOUND.includes(each.verdict));
    const hasSound = report?.checked.some((each) => SOUND.includes(each.verdict));
    const box = make("input", { type: "checkbox", checked: isWhole, onchange: () => {
      isWhole = box.checked;
      render();
      panel().querySelector(".cv-check-whole input").focus();
    } });
    panel().replaceChildren(
      make("div", { class: "cv-row" }, make("button", { type: "button", class: "cv-strong cv-choose-check", onclick: () => file.click() }, say("check_file")), file),
      make("p", { class: "cv-told cv-check-line", role: "status", dir: "auto" }, line),
      hasSound ? make("label", { class: "cv-check-whole" }, box, say("check_show_sound")) : "",
      make("ol", { class: "cv-findings" }, ...shown.map(finding)),
    );
  };

  document.addEventListener("cv-passages-ready", render);
})();
