"""Proving again: asked for where it matters, and always back to a page of ours."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from bot.office.auth import form_token
from tests.office.conftest import NAME, PASSWORD, World, hash_in

TEN = timedelta(minutes=10)
HEADERS = {"sec-fetch-site": "same-origin"}


@pytest.fixture
async def late(world: World, desk_browser: httpx.AsyncClient) -> httpx.AsyncClient:
    """Somebody who signed in a while ago."""
    world.clock.pass_by(TEN)
    return desk_browser


async def prove(browser: httpx.AsyncClient, **form: str) -> httpx.Response:
    token = form_token(browser.cookies["office"], "/prove")
    return await browser.post("/prove", data={"token": token, "to": "/"} | form, headers=HEADERS)


async def test_a_page_that_matters_asks_and_comes_back(late: httpx.AsyncClient) -> None:
    """With what was asked of it."""
    asked = await late.get("/me/totp?lang=en")
    assert asked.headers["location"] == "/prove?to=%2Fme%2Ftotp%3Flang%3Den"
    page = (await late.get(asked.headers["location"])).text
    assert 'name="to" value="/me/totp?lang=en"' in page
    proved = await prove(late, password=PASSWORD, to="/me/totp?lang=en")
    assert (proved.status_code, proved.headers["location"]) == (303, "/me/totp?lang=en")
    assert (await late.get("/me/totp")).status_code == 200


async def test_a_post_that_matters_leads_to_its_page_and_says_to_press_again(
    world: World, late: httpx.AsyncClient
) -> None:
    """Nothing of it was done."""
    writes = world.staff.writes
    token = form_token(late.cookies["office"], "/me/passkeys/remove")
    asked = await late.post("/me/passkeys/remove", data={"token": token}, headers=HEADERS)
    assert asked.headers["location"] == "/prove?to=%2Fme%2Fpasskeys&again=1"
    assert "press again" in (await late.get(asked.headers["location"])).text
    assert world.staff.writes <= writes + 1  # the time of the last use


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/nowhere",
        "/logout",
        "/prove",
        "/prove?to=/prove",
        "/login",
        "javascript:alert(1)",
        "/me/totp\r\nx: y",
        "/" + "x" * 600,
        "me/totp",
        "/電",
        "http://[",
        "",
    ],
)
async def test_nobody_is_sent_elsewhere(late: httpx.AsyncClient, to: str) -> None:
    """T23: neither by the address of the page nor by its form: to the first page instead."""
    page = (await late.get("/prove", params={"to": to})).text
    assert 'name="to" value="/"' in page
    assert (await prove(late, password=PASSWORD, to=to)).headers["location"] == "/"


async def test_a_wrong_password_proves_nothing_and_five_lock(world: World, late: httpx.AsyncClient) -> None:
    """T24: the same counts as at the sign-in page."""
    for _ in range(5):
        answer = await prove(late, password="wrong", to="/me/totp")
        assert answer.status_code == 403
        assert 'value="/me/totp"' in answer.text
    assert (await prove(late, password=PASSWORD)).status_code == 403
    session = await world.staff.find_session(hash_in(late))
    assert session
    assert session.proved_at == session.created_at
    assert world.audit.lines[-1][0] == "locked_out"


async def test_switching_the_language_keeps_the_way_back(late: httpx.AsyncClient) -> None:
    """And that the button must be pressed again."""
    page = (await late.get("/prove?to=%2Fme%2Ftotp&again=1")).text
    assert 'href="/prove?to=%2Fme%2Ftotp&amp;again=1&amp;lang=zh_TW"' in page
    switched = (await late.get("/prove?to=%2Fme%2Ftotp&again=1&lang=zh_TW")).text
    assert 'name="to" value="/me/totp"' in switched
    assert "lang=zh_TW&amp;lang" not in switched


async def test_proving_stands_in_the_log(world: World, late: httpx.AsyncClient) -> None:
    """With how."""
    await prove(late, password=PASSWORD)
    assert world.audit.lines[-1][0::3] == ("proved", {"method": "password"})


async def test_whoever_has_nothing_to_prove_with_here_signs_in_again(
    world: World, late: httpx.AsyncClient
) -> None:
    """Their agency is asked there."""
    row = world.staff.rows["account-0"]
    await world.staff.set_password("account-0", "")
    await world.staff.add_session(hash_in(late), "account-0", world.clock(), method="oidc")
    assert row.account.name == NAME
    assert "Sign out and in again" in (await late.get("/prove?to=/")).text


async def test_the_page_asks_for_a_code_where_there_are_codes(world: World, late: httpx.AsyncClient) -> None:
    """And for none where there are none."""
    assert 'name="code"' not in (await late.get("/prove")).text
    await world.ways.set_totp("account-0", b"locked", world.clock())
    assert 'name="code"' in (await late.get("/prove")).text
