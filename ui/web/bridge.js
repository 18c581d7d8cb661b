// Runs once: hands calls of the page's scripts ("cv-call") to the server, and what it tells to them
// ("cv-told"). A call with `view` shows another conversation.
document.addEventListener("cv-call", (event) => {
  const { view, ...said } = event.detail;
  if (element.isConnected) trigger(view ? "select" : "submit", said);
});

watch("value", () => {
  if (props.value?.kind) document.dispatchEvent(new CustomEvent("cv-told", { detail: props.value }));
});
