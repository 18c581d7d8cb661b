"""The list of documents, what is being done to them, and what can be taken back; as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from ui.web.library.desk import Task
from ui.web.library.shelf import Holding
from ui.web.library.trash import KEPT_DAYS, Removed
from ui.web.texts import Texts

_SHOWN_WAITING, _SHOWN_OVER, _SHOWN_REMOVED = 3, 6, 10
_MARKS = {"waiting": "·", "running": "…", "done": "✓", "failed": "!"}


def list_html(holdings: Sequence[Holding], texts: Texts) -> str:
    """The table; `library.js` searches and sorts its rows in the browser."""
    if not holdings:
        return f'<p class="cv-lib-empty">{escape(texts("library.empty"))}</p>'
    heads = "".join(
        f'<th scope="col" class="cv-lib-{name}">{escape(texts(f"library.column_{name}"))}</th>'
        for name in ("title", "facts", "pages", "passages", "notes", "state")
    )
    rows = "".join(_row_html(each, texts) for each in holdings)
    return (
        f'<table class="cv-lib-table"><caption class="sr-only">'
        f"{escape(texts('library.caption'))}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
        f'<p class="cv-lib-none" hidden>{escape(texts("library.none_found"))}</p>'
    )


def _row_html(holding: Holding, texts: Texts) -> str:
    facts, figures, name = holding.facts, holding.file.figures, Path(holding.file.path).name
    about = " · ".join(filter(None, (facts.organisation, facts.date, facts.kind)))
    words = (holding.title, about, facts.author, facts.symbol, facts.event, facts.language, name)
    searched = " ".join((*words, holding.file.document_id, state_text(holding, texts)))
    sort = {
        "title": holding.title.casefold(),
        "organisation": facts.organisation.casefold(),
        "date": facts.date,
        "read": holding.file.last_read,
        "passages": f"{figures.passages:09}" if holding.document else "",
        "problems": str(len(holding.file.concerns)),
    }
    data = "".join(f' data-{key}="{escape(value)}"' for key, value in sort.items())
    return (
        f'<tr data-key="{holding.key}" data-words="{escape(searched.casefold())}"{data}>'
        f'<th scope="row" class="cv-lib-title"><button type="button" class="cv-lib-open" dir="auto"'
        f' aria-haspopup="dialog">{escape(holding.title)}</button>'
        f'<span class="cv-lib-file" dir="auto">{escape(name)}</span></th>'
        f'<td class="cv-lib-facts" dir="auto">{escape(about)}</td>'
        f"{_figure_html('pages', figures.pages)}{_figure_html('passages', figures.passages)}"
        f"{_figure_html('notes', figures.notes)}"
        f'<td class="cv-lib-state">{_state_html(holding, texts)}</td></tr>'
    )


def _figure_html(name: str, n: int) -> str:
    return f'<td class="cv-lib-{name}">{f"{n:,}" if n else "–"}</td>'


def state_text(holding: Holding, texts: Texts) -> str:
    """Whether it is searched, and whether a person should look at it, in words."""
    if holding.document is None:
        return texts("library.state_unread")
    concerns = len(holding.file.concerns)
    return (
        texts.count("library.state_concerns", concerns) if concerns else texts("library.state_ok")
    )


def _state_html(holding: Holding, texts: Texts) -> str:
    tone = "bad" if holding.document is None else "look" if holding.file.concerns else "good"
    reason = f'<span class="cv-lib-reason" dir="auto">{escape(holding.file.reason)}</span>'
    return (
        f'<span class="cv-lib-badge" data-tone="{tone}">{escape(state_text(holding, texts))}</span>'
        f"{reason if holding.document is None else ''}"
    )


def activity_html(
    tasks: Sequence[Task], removed: Sequence[Removed], texts: Texts, *, may_maintain: bool
) -> str:
    """What is being done and was done, the newest first; under it, what can be taken back."""
    if not may_maintain:
        return ""
    busy = any(not each.is_over for each in tasks)
    rows = "".join(_task_html(each, removed, texts) for each in _under_way(tasks))
    waiting = sum(each.state == "waiting" for each in tasks) - _SHOWN_WAITING
    if waiting > 0:
        rows += f'<li class="cv-lib-more">{escape(texts("library.more_waiting", n=waiting))}</li>'
    rows += "".join(_task_html(each, removed, texts) for each in _over(tasks))
    done = ""
    if rows:
        done = (
            f'<section class="cv-lib-tasks" aria-busy="{str(busy).lower()}" '
            f'aria-label="{escape(texts("library.activity"))}"><ul>{rows}</ul></section>'
        )
    return done + _removed_html(removed, texts)


def _under_way(tasks: Sequence[Task]) -> list[Task]:
    """What is being done, and what comes next."""
    running = [each for each in tasks if each.state == "running"]
    return running + [each for each in tasks if each.state == "waiting"][:_SHOWN_WAITING]


def _over(tasks: Sequence[Task]) -> list[Task]:
    """What was done last, the newest first; what failed stays in sight."""
    over = [each for each in tasks if each.is_over][::-1]
    return [each for at, each in enumerate(over) if at < _SHOWN_OVER or each.state == "failed"]


def _task_html(task: Task, removed: Sequence[Removed], texts: Texts) -> str:
    told = escape(_told(task, texts))
    undo = next((each for each in removed if each.token == task.result.undo), None)
    return (
        f'<li class="cv-lib-task" data-state="{task.state}">'
        f'<span class="cv-lib-mark" aria-hidden="true">{_MARKS[task.state]}</span>'
        f"<span><strong>{escape(texts(f'library.{task.kind}_{task.state}'))}</strong> "
        f'<span class="cv-lib-name" dir="auto">{escape(task.name)}</span>'
        f'{f"""<span class="cv-lib-told" dir="auto">{told}</span>""" if told else ""}</span>'
        f"{_undo_html(undo, texts) if undo else ''}</li>"
    )


def _told(task: Task, texts: Texts) -> str:
    """What there is to say of a task beside its state."""
    if task.result.same_as:
        return texts("library.same_as", title=task.result.same_as)
    if task.result.place:
        key = "library.replaced_elsewhere" if task.kind == "replace" else "library.left_elsewhere"
        return texts(key, place=task.result.place)
    return task.told if task.told != task.name else ""


def _removed_html(removed: Sequence[Removed], texts: Texts) -> str:
    if not removed:
        return ""
    rows = "".join(
        f'<li><span dir="auto">{escape(each.title)}</span>'
        f'<span class="cv-lib-told">{escape(each.removed[:10])}</span>'
        f"{_undo_html(each, texts)}</li>"
        for each in removed[:_SHOWN_REMOVED]
    )
    summary = escape(texts.count("library.removed", len(removed), days=KEPT_DAYS))
    return f'<details class="cv-lib-removed"><summary>{summary}</summary><ul>{rows}</ul></details>'


def _undo_html(removed: Removed, texts: Texts) -> str:
    label = escape(texts("library.undo_of", title=removed.title))
    return (
        f'<button type="button" class="cv-lib-undo" data-token="{escape(removed.token)}" '
        f'aria-label="{label}">{escape(texts("library.undo"))}</button>'
    )
