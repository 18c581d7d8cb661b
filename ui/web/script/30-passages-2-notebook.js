// The notebook that is open: what the server keeps of it, and the changes on their way there.
// Changes go one after the other; each is small, and is shown before the server has answered.
window.cvNotebook = (() => {
  const { send, say, recall, remember } = window.cvDesk;
  const BASE = "/passages/notebooks";
  const state = { list: [], book: null };
  let queue = Promise.resolve();
  let isLoading = null;

  const tell = (what, detail = {}) =>
    document.dispatchEvent(new CustomEvent("cv-notebook", { detail: { what, ...detail } }));

  const open = async (id) => {
    state.book = await send("GET", `${BASE}/${id}`);
    remember("notebook", id);
    tell("opened");
    return state.book;
  };

  const load = async () => {
    state.list = (await send("GET", BASE)).notebooks;
    if (!state.list.length) {
      const made = await send("POST", BASE, { name: say("first_notebook") });
      state.list = [made];
    }
    const last = state.list.find((each) => each.id === recall("notebook")) ?? state.list[0];
    return open(last.id);
  };

  // The open notebook, loaded once however many ask for it.
  const ready = () => {
    if (state.book) return Promise.resolve(state.book);
    isLoading ??= load().finally(() => (isLoading = null));
    return isLoading;
  };

  // Sends a change; the promise gives what the server says of it. `undo` is called if it is refused.
  const change = (wanted) => {
    const sent = queue.then(async () => {
      const book = await ready();
      const told = await send("POST", `${BASE}/${book.id}/changes`, { version: book.version, change: wanted });
      const isOther = state.book?.id !== book.id;
      if (isOther) return told;
      if (told.notebook) {
        state.book = told.notebook;
        tell("changed elsewhere");
      } else {
        book.version = told.version;
      }
      return told;
    });
    queue = sent.catch(async (error) => {
      if (error.body?.notebook && error.body.notebook.id === state.book?.id) {
        state.book = error.body.notebook;
        tell("refused", { line: error.message, wanted });
      } else {
        tell("failed", { line: error.message, wanted });
      }
    });
    return sent;
  };

  const make = async (name) => {
    const made = await send("POST", BASE, { name });
    state.list.push(made);
    return open(made.id);
  };

  const remove = async () => {
    await queue;
    const { id, name } = state.book;
    await send("DELETE", `${BASE}/${id}`);
    state.list = state.list.filter((each) => each.id !== id);
    state.book = null;
    await load();
    return { id, name };
  };

  const restore = async (id) => {
    const kept = await send("POST", `${BASE}/${id}/restore`);
    state.list.push(kept);
    return open(id);
  };

  const bringIn = async (file) => {
    const made = await send("POST", `${BASE}/import`, file, { isFile: true });
    state.list.push(made);
    return open(made.id);
  };

  return { state, open, load, ready, change, make, remove, restore, bringIn, tell };
})();
