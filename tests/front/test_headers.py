"""Every answer of the public program carries the safe headers, errors included."""

from __future__ import annotations

import pytest
from starlette.routing import Mount, Route

from bot.front.headers import SAFE_HEADERS
from bot.front.live import Live, Pace
from bot.ports import Opened
from tests.front.fakes import CODE, FakeConversation, FakeInterface, FakeWebhook, list_records, make_app
from tests.front.small_form import FORM, TOKEN, FakeDesk, FormInterface, PlainVoice

#: One request per way of answering: method, path, options.
ASKED = [
    ("GET", "/", {}),
    ("GET", "/chat", {}),
    ("POST", "/chat", {"data": {"text": "嗨", "delivery": "d" * 32}}),
    ("POST", "/chat", {"content": b"x" * 70_000}),
    ("POST", "/chat", {"headers": {"sec-fetch-site": "cross-site"}}),
    ("PUT", "/chat", {}),
    ("POST", "/chat/turn", {"json": {"text": "嗨", "delivery": "d" * 32}}),
    ("POST", "/chat/turn", {"content": b"{"}),
    ("POST", "/chat/turn", {"headers": {"origin": "https://elsewhere.example"}}),
    ("GET", "/chat/turn", {}),
    ("POST", "/chat/live", {"json": {}}),
    ("POST", "/chat/live", {"content": b"x" * 5_000}),
    ("POST", "/chat/live", {"headers": {"sec-fetch-site": "cross-site"}}),
    ("GET", "/chat/live", {}),
    ("GET", "/p/{code}", {}),
    ("GET", f"/p/{CODE}", {}),
    ("POST", f"/p/{CODE}", {}),
    ("POST", f"/p/{CODE}", {"headers": {"sec-fetch-site": "cross-site"}}),
    ("GET", "/p/n/{token}", {}),
    ("GET", f"/p/n/{TOKEN}", {}),
    ("POST", f"/p/n/{TOKEN}", {}),
    ("POST", f"/p/n/{TOKEN}", {"data": {"step": "who", "seat": "s" * 43}}),
    ("POST", f"/p/n/{TOKEN}", {"content": b"x" * 70_000}),
    ("POST", f"/p/n/{TOKEN}", {"headers": {"sec-fetch-site": "cross-site"}}),
    ("PUT", f"/p/n/{TOKEN}", {}),
    ("POST", "/chat/leave", {}),
    ("POST", "/chat/leave", {"data": {"seat": "s" * 43}}),
    ("GET", "/chat/leave", {}),
    ("GET", "/static/chat.js", {}),
    ("GET", "/static/chat.css", {}),
    ("GET", "/static/form.css", {}),
    ("GET", "/static/form.js", {}),
    ("GET", "/static/exit.js", {}),
    ("GET", "/static/live.js", {}),
    ("GET", "/static/icon.svg", {}),
    ("GET", "/static/icon-dot.svg", {}),
    ("GET", "/static/nothing", {}),
    ("GET", "/static/", {}),
    ("GET", "/date/{day}.ics", {}),
    ("GET", "/healthz", {}),
    ("GET", "/readyz", {}),
    ("GET", "/nothing-here", {}),
    ("TRACE", "/nothing-here", {}),
    ("POST", "/line/webhook", {"content": b"{}"}),
    ("POST", "/line/webhook", {"content": b"forged"}),
    ("GET", "/line/webhook", {}),
    ("POST", "/telegram/webhook", {"content": b"{}"}),
]


def make_whole_app(conversation: FakeConversation, **options: object):
    live = Live(Pace(look_s=0.01, life_s=0.01))
    webhooks = {"line": FakeWebhook(), "telegram": FakeWebhook()}
    links = {TOKEN: Opened({}, "zh_TW")}
    desk = FakeDesk(links, is_down=conversation.is_down, fault=conversation.fault)
    form = {"desk": desk, "form": FORM, "voice": PlainVoice(), "interface": FormInterface()}
    return make_app(conversation, webhooks=webhooks, live=live, **form, **options)


def test_no_route_is_left_out(conversation):
    """The list above names every route that the program has."""
    asked = {path for _, path, _ in ASKED}
    for route in make_whole_app(conversation).routes:
        match route:
            case Route():
                assert route.path in asked
            case Mount():
                assert any(path.startswith(route.path) for path in asked)


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(("method", "path", "options"), ASKED)
async def test_every_answer_is_guarded(conversation, connect, method, path, options, broken):
    """All headers on all routes, whether the conversation works or is broken."""
    conversation.fault = RuntimeError("broken") if broken else None
    async with connect(make_whole_app(conversation)) as client:
        response = await client.request(method, path, **options)
    for name, value in SAFE_HEADERS.items():
        assert response.headers[name] == value, name
    assert "strict-transport-security" not in response.headers


async def test_https_is_kept_to(conversation, connect):
    """Behind an https origin, browsers are told to stay there."""
    origin = "https://front.example"
    async with connect(make_whole_app(conversation, origin=origin), origin) as client:
        response = await client.get("/chat")
    assert "max-age=31536000" in response.headers["strict-transport-security"]


async def test_an_escaped_fault_is_a_kind_page(connect, caplog, conversation):
    """A bug below everything else gives the human route, and its text is logged nowhere."""

    class Breaks(FakeInterface):
        calls = 0

        def words(self, locale):
            self.calls += 1
            if self.calls > 1:
                raise RuntimeError("canary-text")
            return super().words(locale)

    async with connect(make_app(conversation, interface=Breaks())) as client:
        response = await client.get("/nothing-here")
    assert response.status_code == 500
    assert "系統出了錯" in response.text
    assert 'href="tel:113"' in response.text
    assert response.headers["cache-control"] == "no-store"
    assert "RuntimeError" in list_records(caplog)
    assert "canary" not in list_records(caplog)


async def test_the_kind_page_is_in_the_language_of_the_browser(connect, conversation):
    """Who reads no Chinese is told too; it is drawn when it is needed."""

    class BreaksOnce(FakeInterface):
        calls = 0

        def words(self, locale):
            self.calls += 1
            if self.calls == 2:  # the first draws the page that is kept
                raise RuntimeError
            return super().words(locale)

    async with connect(make_app(conversation, interface=BreaksOnce())) as client:
        response = await client.get("/nothing-here", headers={"accept-language": "en-US,en;q=0.9"})
    assert response.status_code == 500
    assert '<html lang="en">' in response.text
    assert 'href="tel:113"' in response.text


async def test_a_fault_in_the_middle_of_an_answer_cannot_begin_another(conversation, caplog):
    """When the answer has begun there is nothing left to say but the log line."""
    from bot.front.headers import SafeEdge

    sent = []

    async def begins_and_breaks(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("canary-text")

    async def keep(message):
        sent.append(message["type"])

    edge = SafeEdge(begins_and_breaks, https=False, when_broken=lambda header: header)
    await edge({"type": "http"}, keep, keep)
    assert sent == ["http.response.start"]
    assert "canary" not in list_records(caplog)


async def test_our_own_forms_may_say_where_they_come_from(client):
    """Under `no-referrer` a browser without Sec-Fetch-Site tells `Origin: null`: it could not even leave."""
    response = await client.get("/chat")
    assert response.headers["referrer-policy"] == "same-origin"


async def test_a_path_with_a_slash_too_many_leads_nowhere(client):
    """The way out of it would be built from a header that anybody may write."""
    response = await client.get("/chat/", headers={"host": "evil.example"})
    assert response.status_code == 404
    assert "location" not in response.headers
