"""T22: web addresses that people wrote are shown broken up; everything else stays as it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.addresses import defang


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("看https://evil.com/a.b?c=d", "看hxxps[:]//evil[.]com/a.b?c=d"),
        ("HTTP://X.Y/z", "HxxP[:]//X[.]Y/z"),
        ("http:\\\\evil.com", "hxxp[:]\\\\evil[.]com"),
        ("tg://resolve?domain=x", "tg[:]//resolve?domain=x"),
        ("javascript://x", "javascript[:]//x"),
        ("請看evil.com這個", "請看evil[.]com這個"),
        ("www.foo.museum", "www[.]foo[.]museum"),
        ("foo.museum/abc", "foo[.]museum/abc"),
        ("https://evil.com，他說https://evil.tw他說", "hxxps[:]//evil[.]com，他說hxxps[:]//evil[.]tw他說"),
        ("http://аррӏе.com/", "hxxp[:]//xn--80ak6aa92e[.]com/"),
        ("аррӏе.com", "xn--80ak6aa92e[.]com"),
        ("https://見面.台灣/abc", "hxxps[:]//xn--nw2ao6y[.]xn--kpry57d/abc"),
        ("http://", "hxxp[:]//"),
        ("http://[::1]:80/", "hxxp[:]//[::1]:80/"),
        ("http://a.com:https://b.tw", "hxxp[:]//a[.]com:hxxps[:]//b[.]tw"),
        ("ftp://user:pw@evil.com:21/x", "ftp[:]//user:pw@evil[.]com:21/x"),
    ],
)
def test_an_address_is_broken_up(written: str, shown: str) -> None:
    """With the letters of the host as punycode, so that no look-alike passes."""
    assert defang(written) == shown


@pytest.mark.parametrize(
    "written",
    [
        "我的信箱是 yijun.chen@example.com",
        "IG mei.chen 或 foo.bar_baz",
        "3.5 萬，e.g. 12.30pm 以後",
        "他說。下次見。ok.",
        "a..b",
        "09:30//10:00 0912-345-678",
        "",
    ],
)
def test_what_is_no_web_address_stays(written: str) -> None:
    """A mail address or an account must be copied as it is."""
    assert defang(written) == written


def test_a_label_that_no_host_can_have_is_still_told_apart() -> None:
    """Too long for the rules of names; it is broken up all the same."""
    assert defang(f"http://{'é' * 80}.com").startswith("hxxp[:]//xn--")


_PARTS = ("a", "http", "://", ":", "/", ".", "-", "@", "中", "é", "com", "www.", "_", "1", " ")


@given(st.text(max_size=300) | st.lists(st.sampled_from(_PARTS), max_size=12).map("".join))
def test_no_text_is_too_odd(text: str) -> None:
    """T17: whatever comes, no scheme is left standing before a host."""
    assert not re.search(r"[a-z]{2,}://[a-z]", defang(text), re.ASCII)
