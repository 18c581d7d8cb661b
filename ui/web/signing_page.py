"""The page with the form to sign in: no script, and nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from urllib.parse import quote

from ui.web.languages import LANGUAGE_NAMES, choice_path, path_of
from ui.web.texts import LANGUAGES, Language, Texts, open_texts

_STYLE = """
:root { color-scheme: light dark; --paper: #f7f6f2; --sheet: #fff; --ink: #1d2530;
  --quiet: #55606e; --field: #8a8f96; --accent: #1d4f7c; --on-accent: #fff; --warn: #8a4b08;
  --warn-tint: #fdf3e3; --line: #dcd9d0; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181e; --sheet: #1c222a; --ink: #e7e5df;
  --quiet: #a6afba; --field: #6f7a87; --accent: #94c2ea; --on-accent: #10202e; --warn: #f0b871;
  --warn-tint: #33291b; --line: #343c47; } }
* { box-sizing: border-box; margin: 0; }
body { background: var(--paper); color: var(--ink); display: grid; justify-items: center;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  min-height: 100vh; padding: 8vh 20px 40px; align-content: start; gap: 22px; }
h1 { font: 600 30px/1.2 ui-serif, "Iowan Old Style", Palatino, Georgia, serif; }
.tagline { color: var(--quiet); font-size: 15px; max-width: 400px; text-align: center;
  margin-top: 6px; }
header { display: grid; justify-items: center; }
main { background: var(--sheet); border: 1px solid var(--line); border-radius: 12px;
  max-width: 400px; padding: 28px; width: 100%; }
h2 { font-size: 19px; margin-bottom: 14px; }
form { display: grid; gap: 16px; }
label { display: grid; font-size: 14px; font-weight: 600; gap: 5px; }
input, button { border-radius: 8px; font: inherit; min-height: 46px; padding: 8px 12px; }
input { background: var(--paper); border: 1px solid var(--field); color: var(--ink);
  font-size: 16px; font-weight: 400; width: 100%; }
button { background: var(--accent); border: 1px solid var(--accent); color: var(--on-accent);
  cursor: pointer; font-weight: 600; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.problem { background: var(--warn-tint); border-left: 4px solid var(--warn); color: var(--warn);
  margin-bottom: 14px; padding: 9px 12px; }
.help { color: var(--quiet); font-size: 14px; margin-top: 16px; }
nav { display: flex; gap: 16px; font-size: 14px; }
a { border-radius: 4px; color: var(--accent); padding: 4px 2px; text-decoration: none; }
a:hover { text-decoration: underline; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def page_html(language: Language, onward: str, name: str, problem: str, minutes: int) -> str:
    """The whole page; `problem` is "wrong", "wait" (with the minutes) or nothing."""
    texts = open_texts(language)
    told = ""
    if problem:
        line = escape(texts(f"signing.{problem}", n=minutes))
        told = f'<p class="problem" role="alert">{line}</p>'
    site = escape(texts("frame.name"))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(texts('signing.title'))} · {site}</title><style>{_STYLE}</style></head>"
        f'<body><header><h1>{site}</h1><p class="tagline">{escape(texts("frame.tagline"))}</p>'
        f"</header><main><h2>{escape(texts('signing.title'))}</h2>{told}"
        f'{_form_html(texts, onward, name)}<p class="help">{escape(texts("signing.help"))}</p>'
        f"</main>{_languages_html(texts, onward)}</body></html>"
    )


def _form_html(texts: Texts, onward: str, name: str) -> str:
    focus = ("", " autofocus") if name else (" autofocus", "")
    return (
        '<form method="post" action="/sign-in">'
        f'<input type="hidden" name="next" value="{escape(onward)}">'
        f'<label>{escape(texts("signing.name"))}<input name="name" value="{escape(name)}" '
        f'autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required'
        f"{focus[0]}></label><label>{escape(texts('signing.password'))}"
        '<input name="password" type="password" autocomplete="current-password" maxlength="1000" '
        f'required{focus[1]}></label><button type="submit">{escape(texts("signing.sign_in"))}'
        "</button></form>"
    )


def _languages_html(texts: Texts, onward: str) -> str:
    starts = [path for each in LANGUAGES for path in (path_of(each), choice_path(each))]

    def link(language: Language) -> str:
        place = choice_path(language) if onward in starts else onward
        return f"/sign-in?language={language}&amp;next={quote(place, safe='')}"

    others = "".join(
        f'<a href="{link(language)}" lang="{language}" hreflang="{language}">{name}</a>'
        for language, name in LANGUAGE_NAMES.items()
        if language != texts.language
    )
    return f'<nav aria-label="{escape(texts("frame.language"))}">{others}</nav>'
