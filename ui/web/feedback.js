// Runs once for the form (`element`); `trigger` reaches the server, whose word comes in `props`.
const WAIT_MS = 15_000; // longer than the server waits for its file
const dialog = element.querySelector("dialog");
const form = dialog.querySelector("form");
const reasons = form.querySelector("fieldset");
const note = form.querySelector("textarea");
const said = form.querySelector(".cv-said");
const votes = new Map(); // verdict by answer, as the server has kept it
let asked = {}; // what the form is open for
let late = 0;

const say = (line) => {
  clearTimeout(late);
  said.textContent = line;
};

const open = (thumb) => {
  const { answer } = thumb.closest(".cv-judging").dataset;
  const { verdict } = thumb.dataset;
  if (answer !== asked.answer || verdict !== asked.verdict) form.reset();
  asked = { answer, verdict };
  const isHelpful = verdict === "helpful";
  form.querySelector("h2").textContent = isHelpful ? dialog.dataset.helpful : dialog.dataset.notHelpful;
  form.querySelector(".cv-about").textContent =
    thumb.closest(".cv-exchange").querySelector(".cv-question").textContent;
  reasons.hidden = reasons.disabled = isHelpful;
  say("");
  dialog.showModal();
  if (isHelpful) form.querySelector(".cv-send").focus(); // nothing need be added
};

// Gradio redraws the answers with each new one; what was voted is shown again.
const show = (group) => {
  const verdict = votes.get(group.dataset.answer);
  if (!verdict) return;
  group.querySelectorAll(".cv-thumb").forEach((thumb) => {
    const pressed = String(thumb.dataset.verdict === verdict);
    if (thumb.getAttribute("aria-pressed") !== pressed) thumb.setAttribute("aria-pressed", pressed);
  });
  const thanks = group.querySelector(".cv-thanks");
  if (!thanks.textContent) thanks.textContent = dialog.dataset.thanks;
};

const showAll = () => document.querySelectorAll(".cv-judging").forEach(show);

new MutationObserver(showAll).observe(document.getElementById("cv-chat"), {
  attributeFilter: ["aria-pressed", "data-answer"],
  childList: true,
  subtree: true,
});

document.addEventListener("click", (event) => {
  const thumb = event.target.closest?.(".cv-thumb");
  if (thumb) open(thumb);
});

form.querySelector(".cv-cancel").addEventListener("click", () => dialog.close());

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const reason = form.querySelector("input:checked:enabled")?.value ?? "";
  say(dialog.dataset.sending);
  late = setTimeout(() => say(dialog.dataset.late), WAIT_MS);
  trigger("submit", { ...asked, reason, note: note.value });
});

watch("value", () => {
  const { answer, verdict, problem } = props.value;
  if (problem) return say(problem);
  votes.set(answer, verdict);
  if (answer === asked.answer) {
    say("");
    dialog.close();
    form.reset();
  }
  showAll();
});
