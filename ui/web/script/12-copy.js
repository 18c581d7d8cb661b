// Copies an answer or one statement with its numbered sources, as plain and as rich text; asks for a
// link to an answer and copies that.
(() => {
  const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const rich = (text) =>
    text
      .split("\n\n")
      .map((block) => `<p>${escape(block).replace(/\n/g, "<br>")}</p>`)
      .join("");

  // Pages that are served without TLS from another machine have no clipboard of the modern kind.
  const copyByHand = (text) => {
    const put = (event) => {
      event.preventDefault();
      event.clipboardData.setData("text/plain", text);
      event.clipboardData.setData("text/html", rich(text));
    };
    document.addEventListener("copy", put);
    const isDone = document.execCommand("copy");
    document.removeEventListener("copy", put);
    return isDone;
  };

  const copy = async (text) => {
    try {
      const kinds = { "text/plain": text, "text/html": rich(text) };
      const blobs = Object.entries(kinds).map(([type, words]) => [type, new Blob([words], { type })]);
      await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
      return true;
    } catch {
      return copyByHand(text);
    }
  };

  const say = (near, line) => {
    const region = near.closest(".cv-exchange")?.querySelector(".cv-tool-said");
    if (!region) return;
    region.textContent = line;
    region.scrollIntoView({ block: "nearest" });
  };

  const statementText = (button) => {
    const statement = button.closest(".cv-statement");
    const marks = [...statement.querySelectorAll(".cv-mark")];
    const numbers = marks.map((mark) => mark.textContent).join("");
    const sources = marks.map(
      ({ textContent, dataset }) => `${textContent} ${dataset.place}\n    "${dataset.quote}"`,
    );
    const words = statement.querySelector(".cv-words").textContent.trim();
    return `${words} ${numbers}\n\n${button.dataset.sources}\n\n${sources.join("\n")}`;
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.(".cv-copy, .cv-copy-one");
    if (button) {
      const whole = button.closest(".cv-exchange").querySelector(".cv-copy-text");
      const text = button.matches(".cv-copy") ? whole.textContent : statementText(button);
      if (await copy(text)) say(button, button.dataset.done);
    }
    const link = event.target.closest?.(".cv-link");
    if (link) {
      const { answer } = link.closest(".cv-exchange").dataset;
      document.dispatchEvent(new CustomEvent("cv-call", { detail: { action: "link", answer } }));
    }
  });

  document.addEventListener("cv-told", async ({ detail }) => {
    if (detail.kind !== "linked") return;
    const link = document.querySelector(`.cv-exchange[data-answer="${CSS.escape(detail.answer)}"] .cv-link`);
    if (!link) return;
    if (detail.problem) return say(link, detail.problem);
    const address = new URL(detail.path, location.origin).href;
    const isCopied = await copy(address);
    say(link, isCopied ? link.dataset.done : "");
    const region = link.closest(".cv-exchange").querySelector(".cv-tool-said");
    const shown = Object.assign(document.createElement("a"), { href: address, textContent: address });
    region.append(" ", shown);
    region.scrollIntoView({ block: "nearest" });
  });
})();
