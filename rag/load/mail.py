"""E-mails (.eml): the subject as heading, who wrote to whom and when, and the text.

The text is the message's HTML where it has one, since that keeps lists and tables, else its plain
text. Attachments are files of their own (`archive.py`); a calendar is none of the text.
"""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime

from rag.errors import EncryptedFileError, LoadError
from rag.load.decode import decode
from rag.load.html import read_html
from rag.load.pieces import Piece, plain
from rag.load.text import read_text
from rag.records import Facts, Finding

_HEADERS = ("From", "To", "Cc", "Date")
# What the e-mail package raises on malformed headers.
_DAMAGE = (LookupError, ValueError, TypeError, AttributeError, RecursionError)


def read_mail(data: bytes) -> tuple[list[Piece], Facts, tuple[Finding, ...]]:
    """The pieces and facts of an e-mail, and what in it is not seen."""
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
        return _read(message)
    except _DAMAGE as error:
        raise LoadError(f"damaged e-mail: {type(error).__name__}") from error


def _read(message: EmailMessage) -> tuple[list[Piece], Facts, tuple[Finding, ...]]:
    if message.get_content_type() == "multipart/encrypted":
        raise EncryptedFileError("encrypted e-mail: needs a key")
    subject = _header(message, "Subject")
    pieces = [plain("heading", subject, level=1)] if subject else []
    told = [(name, _header(message, name)) for name in _HEADERS]
    lines = [f"{name}: {value}" for name, value in told if value]
    if lines:
        pieces.append(plain("paragraph", "\n".join(lines)))
    findings: tuple[Finding, ...] = ()
    body = message.get_body(preferencelist=("html", "plain"))
    if body is not None and body.get_content_type() == "text/html":
        inside, _, findings = read_html(_content(body).encode("utf-8"))
        pieces += inside
    elif body is not None:
        pieces += read_text(_content(body), is_markdown=False)
    facts = Facts(
        title=subject,
        author=_header(message, "From"),
        date=_date(_header(message, "Date")),
        kind="e-mail",
    )
    return pieces, facts, findings


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message.get(name) or "").split())


def _content(part: MIMEPart) -> str:
    """A part's text, whatever it claims of its encoding."""
    raw = part.get_payload(decode=True)
    data = raw if isinstance(raw, bytes) else b""
    try:
        return data.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return decode(data) if data else ""


def _date(value: str) -> str:
    try:
        return parsedate_to_datetime(value).date().isoformat()
    except ValueError:
        return ""
