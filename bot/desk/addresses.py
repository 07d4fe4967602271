"""
Web addresses that people wrote, made so that nothing follows them: shown broken up, with the letters of the host told apart.

No address is ever looked up. Mail addresses stay as they are: they are a way to reach the person, and nobody copies one that was
broken up without a slip. Source: SECURITY T22.
"""

from __future__ import annotations

import re

#: Letters that look like ours. Those of Chinese, Japanese and Korean are left out: there a sentence goes on without a space.
_LETTER = "A-Za-z0-9\u00c0-\u052f\u1e00-\u1fff"
_LABEL = f"[{_LETTER}](?:[{_LETTER}\\-]{{0,61}}[{_LETTER}])?"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]{1,20}):(//+|\\\\+)")
#: What follows it; there a host may also be written in Chinese.
_HOST = re.compile(rf"[{_LETTER}.\-_:@%\[\]]+|[^\W{_LETTER}][\w.。\-]*")
_SLASHES = re.compile(r":(?=//)")
#: Ends by which a host is known when nothing else shows that it is one: an account's name may have dots, too.
_ENDS = (
    "com|net|org|edu|gov|info|biz|app|dev|xyz|top|vip|club|site|online|shop|store|link|live|fun|pro|icu|cc|tv|co|io|me|ly|gl|gg"
    "|to|be|tw|cn|hk|jp|kr|sg|my|ph|vn|th|id|in|us|uk|eu|de|fr|ru|ua|tk|ml|ga|cf|xn--[A-Za-z0-9\\-]{1,59}"
)
#: A host without a scheme. A mail address is none.
_BARE = re.compile(
    rf"(?<![{_LETTER}@._\-])"
    rf"(?P<host>(?:{_LABEL}\.)+(?:{_ENDS})(?![{_LETTER}@_\-])|www\.(?:{_LABEL}\.)+[A-Za-z]{{2,24}}|(?:{_LABEL}\.)+[A-Za-z]{{2,24}}(?=[/\\]))",
    re.IGNORECASE,
)
_TT = re.compile("tt", re.IGNORECASE)
_DOTS = re.compile(r"[.．。｡]")


def defang(text: str) -> str:
    """Return the text with each web address broken up: `hxxps[:]//xn--80ak6aa92e[.]com/…`. Everything else stays as it is."""
    first, *rest = _SCHEME.split(text)
    parts = [_defang_bare(first)]
    for scheme, slashes, after in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        parts += [f"{_TT.sub('xx', scheme)}[:]{slashes}", _defang_host(after)]
    return _SLASHES.sub("[:]", "".join(parts))


def _defang_host(after: str) -> str:
    host = _HOST.match(after)
    end = host.end() if host else 0
    return _break_host(after[:end]) + _defang_bare(after[end:])


def _defang_bare(text: str) -> str:
    return _BARE.sub(lambda found: _break_host(found["host"]), text)


def _break_host(host: str) -> str:
    """Write a host with its dots in brackets and letters of other scripts as punycode, which no look-alike survives."""
    return "[.]".join(_spell(label) for label in _DOTS.split(host))


def _spell(label: str) -> str:
    if label.isascii():
        return label
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError:
        return f"xn--{label.encode('punycode').decode('ascii')}"
