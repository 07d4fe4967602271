"""The back office from outside: closed doors, genuine forms, safe headers, plain pages."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from starlette.routing import Mount, Route

from bot.errors import ConfigError, StoreDown
from bot.office import signing
from bot.office.app import DOORS
from bot.office.auth import form_token
from bot.office.headers import CONTENT_SECURITY_POLICY, SAFE_HEADERS
from bot.office.passwords import FLOOR
from tests.office.conftest import NAME, ORIGIN, PASSWORD, World, hash_in, sign_in, token_in

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
VISITORS = ["anonymous", "signed in", "disabled", "expired", "too long"]


async def become(world: World, browser: httpx.AsyncClient, who: str) -> None:
    """Turn a browser into one of the visitors."""
    if who == "anonymous":
        return
    await sign_in(browser)
    if who == "disabled":
        await world.staff.disable_account(NAME, world.clock())
    if who in {"expired", "too long"}:
        world.clock.pass_by(timedelta(minutes=15) if who == "expired" else timedelta(hours=8))


@pytest.mark.parametrize("who", [each for each in VISITORS if each != "signed in"])
async def test_a_closed_door_opens_to_staff_only(world: World, who: str) -> None:
    """T7: every door, every kind of visitor: only a live session of a live account gets behind one."""
    async with world.browser() as browser:
        await become(world, browser, who)
        for door in DOORS:
            path = re.sub(r"{[^}]+}", "0", door.path)
            answer = await browser.request(door.method, path)
            if door.method == "POST":
                assert answer.status_code == 403, door.path
            elif not door.is_open:
                assert (answer.status_code, answer.headers["location"]) == (303, "/login"), door.path


async def test_there_is_no_way_in_but_the_listed_doors_and_static_files(world: World) -> None:
    """A route added elsewhere would not have the guard in front of it."""
    ways = [
        (route.path, sorted(route.methods or ())) if isinstance(route, Route) else (route.path, None)
        for route in world.app.routes
        if isinstance(route, Route | Mount)
    ]
    doors = [(door.path, ["GET", "HEAD"] if door.method == "GET" else ["POST"]) for door in DOORS]
    assert [*doors, ("/static", None)] == ways
    assert len(world.app.routes) == len(ways)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/handoffs"),
        ("GET", "/admin"),
        ("GET", "/logout"),
        ("POST", "/"),
        ("DELETE", "/"),
        ("PUT", "/login"),
        ("GET", "/login/"),
        ("GET", "/static/"),
        ("GET", "/static/../app.py"),
        ("GET", "/static/%2e%2e/app.py"),
        ("GET", "/static/..%2fwords.py"),
        ("POST", "/static/office.css"),
        ("GET", "/chat"),
        ("POST", "/line/webhook"),
    ],
)
async def test_everything_else_is_not_found(desk_browser: httpx.AsyncClient, method: str, path: str) -> None:
    """Also for staff, and also a known path with another method."""
    answer = await desk_browser.request(method, path)
    assert answer.status_code == 404
    assert "Page not found" in answer.text


async def test_signing_in_leads_to_the_state_of_the_service_and_out_again(
    world: World, browser: httpx.AsyncClient
) -> None:
    """The session is gone from the browser and from the database."""
    answer = await sign_in(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = (await browser.get("/")).text
    assert NAME in page
    assert (await browser.get("/login")).headers["location"] == "/"
    left = await browser.post("/logout", data={"token": token_in(page)})
    assert (left.status_code, left.headers["location"]) == (303, "/login")
    assert left.headers["clear-site-data"] == '"cache"'
    assert not world.staff.sessions
    assert (await browser.get("/")).status_code == 303


async def test_signing_in_again_ends_the_session_before(world: World, browser: httpx.AsyncClient) -> None:
    """One browser has one session, with a new token each time."""
    page = (await browser.get("/login")).text
    await sign_in(browser)
    first = hash_in(browser)
    old_form = {"token": token_in(page, '/login"'), "name": NAME, "password": PASSWORD}
    assert (await browser.post("/login", data=old_form)).status_code == 403
    world.clock.pass_by(timedelta(minutes=15))
    await sign_in(browser)
    assert [hash_in(browser)] == list(world.staff.sessions) != [first]


async def test_refusals_are_the_same_whatever_the_reason(world: World, browser: httpx.AsyncClient) -> None:
    """Unknown name, wrong password, locked account and locked source: one body, one status."""
    answers = [
        await sign_in(browser, "nobody", PASSWORD),
        await sign_in(browser, NAME, "wrong"),
        await sign_in(browser, HOSTILE, HOSTILE),
        await sign_in(browser, "", ""),
    ]
    async with world.browser("192.0.2.2") as other:
        other.cookies = browser.cookies
        typed = ["wrong"] * 4 + [PASSWORD] * 2
        answers += [await sign_in(other, NAME, password) for password in typed]
    assert [answer.status_code for answer in answers] == [403] * 10
    assert len({answer.text for answer in answers}) == 1
    assert "Could not sign in" in answers[0].text
    assert not world.staff.sessions


async def test_a_refusal_never_repeats_what_was_typed(browser: httpx.AsyncClient) -> None:
    """A password typed into the name field in haste is not shown to the next person."""
    answer = await sign_in(browser, "hunter two", "hunter three")
    assert "hunter" not in answer.text


async def posts(world: World, browser: httpx.AsyncClient) -> list[tuple[str, dict[str, str]]]:
    """Every mutating door with a form that would be right, but for its token."""
    mine = [door.path for door in signing.DOORS if door.method == "POST"]
    return [(path, {"name": NAME, "password": PASSWORD, "to": "/", "answer": "{}"}) for path in mine]


@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize("token", [None, "", "0" * 64, "電", "other door's", "another browser's"])
async def test_a_post_with_a_bad_token_changes_nothing(
    world: World, browser: httpx.AsyncClient, token: str | None, signed_in: bool
) -> None:
    """403, and not one write."""
    tokens = {}
    async with world.browser() as other:
        tokens["another browser's"] = token_in((await other.get("/login")).text, '/login"')
    tokens["other door's"] = token_in((await browser.get("/login")).text, '/login"')
    if signed_in:
        await sign_in(browser)
        tokens["other door's"] = token_in((await browser.get("/")).text)
    writes, sessions = world.staff.writes, dict(world.staff.sessions)
    for door, form in await posts(world, browser):
        if (token, door, signed_in) in {("other door's", "/login", False), ("other door's", "/logout", True)}:
            continue
        sent = form if token is None else form | {"token": tokens.get(token, token)}
        assert (await browser.post(door, data=sent)).status_code == 403
    assert (writes, sessions) == (world.staff.writes, world.staff.sessions)


@pytest.mark.parametrize("cookie", ["", "short"])
@pytest.mark.parametrize("door", ["/login", "/logout"])
async def test_a_token_that_anyone_could_compute_opens_nothing(world: World, door: str, cookie: str) -> None:
    """Without a cookie of ours there is no secret to derive a form's token from."""
    form = {"token": form_token(cookie, door), "name": NAME, "password": PASSWORD}
    async with world.browser() as browser:
        sent = {"cookie": f"office={cookie}; office-form={cookie}"} if cookie else {}
        assert (await browser.post(door, data=form, headers=sent)).status_code == 403
    assert not world.staff.sessions


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": ORIGIN},
        {"origin": "https://elsewhere.example"},
    ],
)
async def test_a_post_that_a_browser_says_is_from_elsewhere_changes_nothing(
    world: World, desk_browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """Even with the right token."""
    token = token_in((await desk_browser.get("/")).text)
    answer = await desk_browser.post("/logout", data={"token": token}, headers=headers)
    assert answer.status_code == 403
    assert len(world.staff.sessions) == 1


@pytest.mark.parametrize(
    "headers",
    [{"origin": ORIGIN}, {"origin": "null"}, {"sec-fetch-site": "same-origin", "origin": "null"}, {}],
)
async def test_a_post_from_our_own_page_is_heard(
    world: World, desk_browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """Browsers differ in how they say so, and on plain http they cannot."""
    token = token_in((await desk_browser.get("/")).text)
    answer = await desk_browser.post("/logout", data={"token": token}, headers=headers)
    assert answer.status_code == 303
    assert not world.staff.sessions


async def test_signing_out_after_the_session_ended_leads_to_the_sign_in_page(
    world: World, desk_browser: httpx.AsyncClient
) -> None:
    """A page left open over lunch is not an attack."""
    token = token_in((await desk_browser.get("/")).text)
    world.clock.pass_by(timedelta(hours=1))
    answer = await desk_browser.post("/logout", data={"token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "office" not in desk_browser.cookies


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b"&".join(b"a=1" for _ in range(1200)), b'{"name": "json"}', b"", b"token", b"%00%ff=%zz"],
)
async def test_a_body_that_is_no_form_is_refused(browser: httpx.AsyncClient, body: bytes) -> None:
    """Without an error of ours."""
    await browser.get("/login")
    assert (await browser.post("/login", content=body)).status_code == 403


async def test_a_huge_body_is_refused(browser: httpx.AsyncClient) -> None:
    """It is not read to its end."""
    answer = await browser.post("/login", content=b"name=" + b"x" * 1_000_000)
    assert answer.status_code == 413
    assert "Nothing was changed" in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/login", "/healthz", "/nowhere", "/static/office.css", "/static/no.js"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
async def test_every_answer_carries_the_safe_headers(
    desk_browser: httpx.AsyncClient, method: str, path: str
) -> None:
    """Whatever the answer is."""
    answer = await desk_browser.request(method, path)
    assert dict(answer.headers) | SAFE_HEADERS == dict(answer.headers)
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(("fault", "status"), [(StoreDown("gone"), 503), (RuntimeError("secret"), 500)])
async def test_a_failure_says_nothing_but_sorry(
    world: World, desk_browser: httpx.AsyncClient, fault: Exception, status: int
) -> None:
    """With the same headers and the DEMO mark, and no word of the cause."""

    async def fail(_token_hash: str) -> None:
        raise fault

    world.staff.find_session = fail
    answer = await desk_browser.get("/")
    assert status == answer.status_code
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "Something went wrong" in answer.text
    assert "DEMO" in answer.text
    assert re.search(r'Incident <span class="code">[0-9a-f]{8}<', answer.text)
    assert not {"secret", "gone", "Traceback"} & set(re.findall(r"\w+", answer.text))


async def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(desk_browser: httpx.AsyncClient) -> None:
    """What the policy forbids is not there in the first place."""
    for path in ("/", "/login?x=1", "/nowhere"):
        page = (await desk_browser.get(path, follow_redirects=True)).text
        assert not re.search(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=|javascript:|https?://", page)


async def test_the_health_of_the_process_says_nothing_more(browser: httpx.AsyncClient) -> None:
    """No version, no count, no cookie."""
    answer = await browser.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert "set-cookie" not in answer.headers


def production(world: World, origin: str = "https://desk.example.org") -> httpx.AsyncClient:
    """A browser on the production office, whose passwords cost what they must."""
    world.open(origin, demo=False, cost=FLOOR)
    return world.browser(origin=origin)


async def test_over_https_cookies_are_bound_to_this_host(world: World) -> None:
    """`__Host-`, Secure, HttpOnly, SameSite=Strict, no domain; and browsers are told to stay on https."""
    async with production(world) as browser:
        answer = await browser.get("/login?lang=en")
        cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        name, *traits = cookie.lower().split("; ")
        assert name.startswith("__host-office-")
        assert set(traits) == {"httponly", "path=/", "samesite=strict", "secure"}
    assert answer.headers["strict-transport-security"]
    assert "DEMO" not in answer.text


async def test_over_https_an_origin_that_browsers_hide_is_not_ours(world: World) -> None:
    """Every browser with https says where a post comes from."""
    async with production(world) as browser:
        token = token_in((await browser.get("/login")).text, '/login"')
        answer = await browser.post("/login", data={"token": token}, headers={"origin": "null"})
        assert answer.status_code == 403


async def test_the_session_cookie_is_out_of_reach_of_pages(desk_browser: httpx.AsyncClient) -> None:
    """On plain http (demo only) it has no prefix, and still no script may read it."""
    await desk_browser.post("/logout", data={"token": token_in((await desk_browser.get("/")).text)})
    answer = await sign_in(desk_browser)
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith("office="))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie


@pytest.mark.parametrize("origin", ["", "desk.example.org", "ftp://desk.example.org", "https://a.example/b"])
async def test_an_origin_that_is_none_stops_the_start(world: World, origin: str) -> None:
    """In one line, with an example."""
    with pytest.raises(ConfigError, match="must look like"):
        production(world, origin)


async def test_production_over_plain_http_stops_the_start_except_on_this_machine(world: World) -> None:
    """A tunnel to the loopback address is fine."""
    with pytest.raises(ConfigError, match="needs an https"):
        production(world, "http://desk.example.org")
    await production(world, "http://127.0.0.1:8081").aclose()


async def test_a_visitor_without_an_address_can_sign_in(world: World) -> None:
    """Behind a Unix socket the server knows none."""
    transport = httpx.ASGITransport(world.app, client=None)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as browser:
        assert (await sign_in(browser)).status_code == 303
