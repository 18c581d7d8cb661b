"""What a reader sees of an HTML element, as far as the file itself says.

Inline styles are read, and rules of `<style>` for single tags, classes and ids; nothing is fetched.
White text is hidden only where no ground can be another colour: where the page names a style sheet
that is not read, an element with a class may have any.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

_COMMENT = re.compile(r"/\*.*?\*/|@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SELECTOR = re.compile(r"[a-z][a-z0-9]*|[.#][\w-]+")
_HIDDEN = re.compile(
    r"display:none|visibility:hidden|opacity:0(?:\.0+)?(?:;|$)"
    r"|font-size:(?:0|0?\.\d+(?:px|pt)|0(?:px|pt|em|%)|1(?:px|pt))(?:;|$|!)"
    r"|text-indent:-\d{3,}|(?:left|top|right|margin-left):-\d{4,}|clip:rect\(0|clip:rect\(1px"
    r"|clip-path:inset\((?:50|100)%"
)
_TINY_BOX = re.compile(r"(?:^|;)(?:height|width):[01](?:px)?(?:;|$)")
_COLOUR = re.compile(r"(?:^|;)color:([^;!]+)")
_GROUND = re.compile(r"(?:^|;)background(?:-color|-image)?:([^;!]+)")
_RGB = re.compile(r"rgba?\((\d+),(\d+),(\d+)(?:,([\d.]+))?\)")
_PALE = 245  # of 255, of each part


class Styles:
    """The styles of one page."""

    def __init__(self, root: HtmlElement) -> None:
        """Reads the page's own rules."""
        self._rules: dict[str, str] = {}
        for style in root.iter("style"):
            for selectors, body in _RULE.findall(_COMMENT.sub("", style.text or "")):
                for key in (selector.strip().lower() for selector in selectors.split(",")):
                    if _SELECTOR.fullmatch(key):
                        self._rules[key] = f"{self._rules.get(key, '')}{_plain(body)};"
        links = (link.get("rel") or "" for link in root.iter("link"))
        self._knows_all = not any("stylesheet" in rel.lower() for rel in links)

    def of(self, element: HtmlElement) -> str:
        """The declarations that hold for an element itself, without white space."""
        names = (element.get("class") or "").lower().split()
        keys = [str(element.tag), *(f".{name}" for name in names)]
        keys.append(f"#{(element.get('id') or '').lower()}")
        found = "".join(self._rules.get(key, "") for key in keys)
        return f"{found}{_plain(element.get('style') or '')}"

    def is_hidden(self, element: HtmlElement) -> bool:
        """Whether a reader does not see the element."""
        if "hidden" in element.attrib:
            return True
        style = self.of(element)
        if _HIDDEN.search(style) or ("overflow:hidden" in style and _TINY_BOX.search(style)):
            return True
        colour = _COLOUR.findall(style)
        font = element.get("color") if element.tag == "font" else None
        value = colour[-1] if colour else _plain(font or "")
        return bool(value) and _is_pale(value) and not self._has_ground(element)

    def _has_ground(self, element: HtmlElement) -> bool:
        """Whether something other than white may lie under an element."""
        for each in (element, *element.iterancestors()):
            grounds = [*_GROUND.findall(self.of(each)), each.get("bgcolor") or ""]
            if any(ground and not _is_pale(ground) for ground in grounds):
                return True
            if each.get("background") or (not self._knows_all and each.get("class")):
                return True
        return False


def _plain(style: str) -> str:
    return re.sub(r"\s+", "", style).lower()


def _is_pale(value: str) -> bool:
    """Whether a colour cannot be told from white paper."""
    if value in ("white", "transparent", "snow", "ivory", "none", "initial", "inherit", "#fff"):
        return True
    if match := _RGB.fullmatch(value):
        return match[4] in ("0", "0.0") or min(int(part) for part in match.groups()[:3]) >= _PALE
    if re.fullmatch(r"#[0-9a-f]{3}", value):
        value = "#" + "".join(digit * 2 for digit in value[1:])
    if re.fullmatch(r"#[0-9a-f]{6}", value):
        return min(int(value[at : at + 2], 16) for at in (1, 3, 5)) >= _PALE
    return False
