"""An agency's own sign-in: who is bound comes in, and nothing that is not exactly right is believed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from aiohttp import web
from joserfc.jwk import RSAKey

from bot.errors import AgencyDown
from bot.office.auth import form_token, hash_token
from bot.office.ways.agency import Travel, is_strong
from bot.office.ways.oidc import Client, OidcAgency
from bot.ports import Shown
from tests.office.conftest import ORIGIN, World
from tests.office.provider import CLIENT, SECRET, Provider, open_provider
from tests.office.test_ways_codes import code_of
from tests.office.test_ways_passkeys import Member

BACK = "/login/agency/back"
STRONG = {"amr": ["pwd", "mfa"]}


@pytest.fixture
async def provider(world: World) -> AsyncIterator[Provider]:
    """The agency's provider, which an office now asks."""
    async with open_provider(lambda: world.clock().timestamp()) as provider:
        world.agency = make_agency(provider, world)
        world.open()
        yield provider


def make_agency(provider: Provider, world: World, issuer: str = "") -> OidcAgency:
    client = Client(issuer or provider.url, CLIENT, SECRET, f"{ORIGIN}{BACK}")
    return OidcAgency(client, world.clock)


@pytest.fixture
async def member(world: World, provider: Provider) -> AsyncIterator[Member]:
    """Somebody who works here and there, bound, and not signed in."""
    await world.staff.add_account("林社工", "", world.clock())
    account = await world.staff.find_account("林社工")
    assert account
    await world.ways.set_subject(account.id, world.safe.name_subject(provider.url, "lin"))
    async with world.browser() as browser:
        await browser.get("/login")
        yield Member(world, browser, account.id)


async def leave(member: Member, path: str = "/login/agency") -> str:
    """Press the button; returns where the browser is sent."""
    answer = await member.post(path)
    assert answer.status_code == 200, answer.text
    return answer.headers["refresh"].removeprefix("0;url=")


async def come_back(member: Member, state: str, code: str) -> httpx.Response:
    """Come back as a browser does: first without our cookies, then with them, from our own page."""
    async with member.world.browser() as stranger:
        first = await stranger.get(BACK, params={"state": state, "code": code})
        assert "set-cookie" not in first.headers
    return await member.browser.get(first.headers["refresh"].removeprefix("0;url="))


async def travel(member: Member, provider: Provider, path: str = "/login/agency") -> httpx.Response:
    return await come_back(member, *provider.agree(await leave(member, path)))


async def test_who_is_bound_and_strongly_vouched_for_comes_in(member: Member, provider: Provider) -> None:
    """The log says how."""
    provider.claims = STRONG
    answer = await travel(member, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    session = await member.world.staff.find_session(hash_token(member.browser.cookies["office"]))
    assert session
    assert (session.account_id, session.method) == (member.account_id, "oidc")
    assert member.world.audit.lines == [
        ("signed_in", member.account_id, member.account_id, {"method": "oidc"})
    ]


async def test_the_browser_is_sent_with_state_nonce_and_a_challenge(
    member: Member, provider: Provider
) -> None:
    """And with nothing that is secret: the verifier stays here."""
    address = await leave(member)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(f"{provider.url}/authorize?")
    assert asked["response_type"] == "code"
    assert asked["scope"] == "openid"
    assert asked["redirect_uri"] == f"{ORIGIN}{BACK}"
    assert asked["code_challenge_method"] == "S256"
    assert asked["max_age"] == "0"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert SECRET not in address


async def test_a_login_page_with_a_query_of_its_own_keeps_it(member: Member, provider: Provider) -> None:
    """Some providers have one."""
    provider.metadata = {"authorization_endpoint": f"{provider.url}/authorize?policy=x"}
    assert "/authorize?policy=x&response_type=code" in await leave(member)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "PS256"])
async def test_the_usual_signatures_are_understood(
    member: Member, provider: Provider, algorithm: str
) -> None:
    """And so are keys of other kinds beside them."""
    provider.claims, provider.algorithm = STRONG, algorithm
    assert (await travel(member, provider)).status_code == 303


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"claims": {"iss": "https://evil.example"}},
    "for another": {"claims": {"aud": "another"}},
    "for us and others": {"claims": {"aud": [CLIENT, "another"]}},
    "made for another": {"claims": {"azp": "another"}},
    "another nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"drops": ("nonce",)},
    "no subject": {"drops": ("sub",)},
    "an empty subject": {"claims": {"sub": ""}},
    "a number for a subject": {"claims": {"sub": 7}},
    "no end": {"drops": ("exp",)},
    "no audience": {"drops": ("aud",)},
    "no issuer": {"drops": ("iss",)},
    "no beginning": {"drops": ("iat",)},
    "too old": {"claims": {"exp": 1}},
    "from the future": {"claims": {"iat": 9_999_999_999}},
    "nobody's signature": {"algorithm": "none"},
    "signed with the shared secret": {"algorithm": "HS256"},
    "another key": {"signs_with": RSAKey.generate_key(2048)},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_a_token_with_one_part_wrong_lets_nobody_in(
    member: Member, provider: Provider, wrong: dict[str, Any]
) -> None:
    """And changes nothing."""
    writes = member.world.staff.writes
    provider.claims = STRONG
    for name, value in wrong.items():
        setattr(provider, name, STRONG | value if name == "claims" else value)
    answer = await travel(member, provider)
    assert answer.status_code == 403
    assert "You are not signed in" in answer.text
    assert writes == member.world.staff.writes
    assert not member.world.staff.sessions


async def test_a_token_for_us_and_others_that_was_made_for_us_is_good(
    member: Member, provider: Provider
) -> None:
    """It says so itself."""
    provider.claims = STRONG | {"aud": [CLIENT, "another"], "azp": CLIENT}
    assert (await travel(member, provider)).status_code == 303


async def test_a_list_that_holds_the_nonce_is_not_the_nonce(member: Member, provider: Provider) -> None:
    """It would answer any question."""
    address = await leave(member)
    nonce = parse_qs(urlsplit(address).query)["nonce"][0]
    provider.claims = STRONG | {"nonce": [nonce]}
    assert (await come_back(member, *provider.agree(address))).status_code == 403


async def test_coming_back_works_once_in_the_browser_that_left_with_its_state(
    member: Member, provider: Provider
) -> None:
    """T23: nobody is signed in with somebody else's code."""
    provider.claims = STRONG
    state, code = provider.agree(await leave(member))
    async with member.world.browser() as other:
        await other.get("/login")
        for wrong in (state, "", "0" * 43):
            answer = await other.get(BACK, params={"state": wrong, "code": code, "again": "1"})
            assert answer.status_code == 403
    assert (await come_back(member, "another state", code)).status_code == 403
    assert (await come_back(member, state, "")).status_code == 403
    assert (await come_back(member, state, code)).status_code == 403  # the journey is over
    assert not member.world.staff.sessions
    assert not [each for each in provider.asked if each[0] == "/token"]


async def test_a_journey_takes_five_minutes_at_most(member: Member, provider: Provider) -> None:
    """Then it begins anew."""
    provider.claims = STRONG
    state, code = provider.agree(await leave(member))
    member.world.clock.pass_by(timedelta(minutes=5))
    assert (await come_back(member, state, code)).status_code == 403


async def test_an_identity_that_nobody_bound_comes_in_nowhere(member: Member, provider: Provider) -> None:
    """No account is made by it."""
    provider.claims = STRONG | {"sub": "somebody else"}
    assert (await travel(member, provider)).status_code == 403
    assert len(member.world.staff.rows) == 2


async def test_a_disabled_account_comes_in_nowhere(member: Member, provider: Provider) -> None:
    """T7: whatever the agency says."""
    provider.claims = STRONG
    await member.world.staff.disable_account("林社工", member.world.clock())
    assert (await travel(member, provider)).status_code == 403


async def test_a_source_that_leaves_too_often_is_sent_nowhere(member: Member, provider: Provider) -> None:
    """T24: answered like any failed sign-in; coming in takes one back."""
    provider.claims = STRONG
    assert (await travel(member, provider)).status_code == 303
    member.browser.cookies.delete("office")
    await member.browser.get("/login")
    for _ in range(30):
        await leave(member)
    refused = await member.post("/login/agency")
    assert refused.status_code == 403
    assert "You are not signed in" in refused.text
    assert "refresh" not in refused.headers
    member.world.clock.pass_by(timedelta(minutes=15))
    assert (await travel(member, provider)).status_code == 303


class Elsewhere:
    """An agency that only says where it is."""

    async def address(self, *, state: str, nonce: str, verifier: str) -> str:
        return state

    async def redeem(self, code: str, *, nonce: str, verifier: str) -> dict[str, object]:
        return {"iss": "https://agency.example", "sub": "lin"}


async def test_strangers_push_out_nobody_who_binds_an_account(world: World) -> None:
    """T24: ten thousand leave to sign in meanwhile."""
    travel = Travel(Elsewhere(), world.safe, world.clock)  # type: ignore[arg-type]  # as much as is asked
    state = await travel.leave("desk", "bind")
    for number in range(10_001):
        await travel.leave(f"stranger {number}", "sign in")
    arrived = await travel.arrive("desk", state=state, code="code")
    assert arrived
    assert arrived.errand == "bind"


# ─── The second half ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("claims", "strong"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"amr": ["pwd", "otp"]}, True),
        ({"amr": ["hwk", "pin"]}, True),
        ({"amr": ["fpt", "swk"]}, True),
        ({"amr": ["otp"]}, False),
        ({"amr": ["hwk"]}, False),
        ({"amr": ["hwk", "otp", "sc"]}, False),
        ({"amr": ["pwd", "pin"]}, False),
        ({"amr": ["pwd", "sms"]}, False),
        ({"acr": "phr"}, True),
        ({"acr": "https://refeds.org/profile/mfa"}, True),
        ({"amr": ["pwd"]}, False),
        ({"amr": ["sms"]}, False),
        ({"amr": "mfa"}, False),
        ({"amr": [["mfa"], None]}, False),
        ({"acr": "0"}, False),
        ({}, False),
    ],
)
def test_only_what_the_agency_says_counts_as_a_second_factor(claims: dict[str, object], strong: bool) -> None:
    """What it does not say, it does not vouch for."""
    assert is_strong(claims) is strong


async def add_codes(member: Member) -> bytes:
    world, secret = member.world, b"s" * 20
    locked = world.safe.lock(secret, member.account_id)
    await world.ways.set_totp(member.account_id, locked, world.clock())
    return secret


async def test_whom_the_agency_knows_by_a_password_needs_a_code_too(
    member: Member, provider: Provider
) -> None:
    """A wrong one may be mended on the same page; nobody is in before."""
    secret = await add_codes(member)
    page = await travel(member, provider)
    assert page.status_code == 200
    assert "One more step" in page.text
    assert not member.world.staff.sessions
    assert (await member.post("/login/code", {"code": "000000"})).status_code == 403
    answer = await member.post("/login/code", {"code": code_of(secret, member.world.clock)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert member.world.audit.lines[-1][3] == {"method": "oidc"}


async def test_five_wrong_codes_there_lock_too(member: Member, provider: Provider) -> None:
    """T24: the right one is refused for a quarter of an hour."""
    secret = await add_codes(member)
    await travel(member, provider)
    for number in range(5):
        await member.post("/login/code", {"code": f"00000{number}"})
    answer = await member.post("/login/code", {"code": code_of(secret, member.world.clock)})
    assert answer.status_code == 403
    assert not member.world.staff.sessions


async def test_a_code_without_the_agency_is_nothing(member: Member, provider: Provider) -> None:
    """Nor after five minutes, nor from another browser."""
    secret = await add_codes(member)
    right = {"code": code_of(secret, member.world.clock)}
    assert (await member.post("/login/code", right)).status_code == 403
    await travel(member, provider)
    async with member.world.browser() as other:
        await other.get("/login")
        assert (await Member(member.world, other, "").post("/login/code", right)).status_code == 403
    member.world.clock.pass_by(timedelta(minutes=5))
    right = {"code": code_of(secret, member.world.clock)}
    assert (await member.post("/login/code", right)).status_code == 403
    assert not member.world.staff.sessions


async def test_without_codes_a_password_there_is_not_enough(member: Member, provider: Provider) -> None:
    """The page says what is."""
    answer = await travel(member, provider)
    assert answer.status_code == 403
    assert "Use your passkey" in answer.text


# ─── Proving ──────────────────────────────────────────────────────────────────


async def is_proved(member: Member) -> bool:
    session = await member.world.staff.find_session(hash_token(member.browser.cookies["office"]))
    assert session
    return member.world.app._office.desk.is_proved(session)  # type: ignore[attr-defined]  # as the guard asks


@pytest.mark.parametrize(
    ("ago_s", "is_proof"), [(0, True), (540, True), (600, False), (-30, True), (-600, False), (None, False)]
)
async def test_coming_in_is_a_proof_only_if_the_agency_has_just_asked(
    member: Member, provider: Provider, ago_s: int | None, is_proof: bool
) -> None:
    """T6: a browser that somebody left signed in there opens nothing here that matters."""
    now = int(member.world.clock().timestamp())
    provider.claims = STRONG if ago_s is None else STRONG | {"auth_time": now - ago_s}
    provider.drops = ("auth_time",) if ago_s is None else ()
    assert (await travel(member, provider)).headers["location"] == "/"
    assert await is_proved(member) is is_proof
    answer = await member.browser.get("/me/agency")
    assert (answer.status_code == 200) is is_proof


@pytest.mark.parametrize("said", ["now", 1.5, True, 10**30, None])
async def test_a_time_that_is_none_proves_nothing(member: Member, provider: Provider, said: object) -> None:
    provider.claims = STRONG | {"auth_time": said}
    assert (await travel(member, provider)).status_code == 303
    assert not await is_proved(member)


@pytest.fixture
async def tired(member: Member) -> Member:
    """Somebody who has only their agency, ten minutes after they came in."""
    await member.enter()
    member.world.clock.pass_by(timedelta(minutes=10))
    return member


async def leave_to_prove(member: Member, to: str = "/me/agency") -> str:
    answer = await member.post("/prove/agency", {"to": to})
    assert answer.status_code == 200, answer.text
    return answer.headers["refresh"].removeprefix("0;url=")


async def test_who_has_only_their_agency_proves_there_who_they_are(tired: Member, provider: Provider) -> None:
    """T6: asked anew, and back on the page that they wanted; the log says how."""
    provider.claims = STRONG
    page = (await tired.browser.get("/prove?to=/me/agency")).text
    assert "Confirm with your agency" in page
    assert "There is no way" not in page
    answer = await come_back(tired, *provider.agree(await leave_to_prove(tired)))
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/agency")
    assert await is_proved(tired)
    assert tired.world.audit.lines[-1][0::3] == ("proved", {"method": "oidc"})


@pytest.mark.parametrize(
    "claims", [{"auth_time": 0}, {"sub": "chen"}, {"amr": ["pwd"]}, {"auth_time": None}], ids=str
)
async def test_the_agency_proves_nothing_of_another_or_without_asking(
    tired: Member, provider: Provider, claims: dict[str, object]
) -> None:
    """T6: an old sign-in there, another account, a password alone."""
    provider.claims = STRONG | claims
    answer = await come_back(tired, *provider.agree(await leave_to_prove(tired)))
    assert answer.headers["location"] == "/prove?to=%2Fme%2Fagency&agency=refused"
    assert "Your agency did not confirm" in (await tired.browser.get(answer.headers["location"])).text
    assert not await is_proved(tired)


async def test_a_password_there_and_a_code_here_prove_it_together(tired: Member, provider: Provider) -> None:
    """T24: a wrong code may be mended; without the agency a code is nothing."""
    secret = await add_codes(tired)
    provider.claims = {"amr": ["pwd"]}
    early = await tired.post("/prove/code", {"code": code_of(secret, tired.world.clock)})
    assert early.headers["location"].endswith("agency=refused")
    answer = await come_back(tired, *provider.agree(await leave_to_prove(tired)))
    assert answer.headers["location"] == "/prove?to=%2Fme%2Fagency"
    assert 'action="/prove/code"' in (await tired.browser.get(answer.headers["location"])).text
    wrong = await tired.post("/prove/code", {"code": "000000"})
    assert wrong.headers["location"].endswith("agency=code")
    assert not await is_proved(tired)
    answer = await tired.post("/prove/code", {"code": code_of(secret, tired.world.clock)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/agency")
    assert await is_proved(tired)


async def test_a_provider_that_is_away_proves_nothing(tired: Member, provider: Provider) -> None:
    """And the page says so."""
    provider.answers["/.well-known/openid-configuration"] = web.Response(status=500)
    answer = await tired.post("/prove/agency", {"to": "https://evil.example/"})
    assert answer.headers["location"] == "/prove?to=%2F&agency=down"
    assert "cannot be reached" in (await tired.browser.get(answer.headers["location"])).text


async def test_whoever_was_unbound_while_they_came_in_does_not(member: Member, provider: Provider) -> None:
    """T24: what the agency vouched for is no longer the account's."""
    provider.claims = STRONG
    row, add = member.world.staff.rows[member.account_id], member.world.staff.add_session

    async def late(*about: Any, **more: Any) -> bool:
        row.subject = None
        return await add(*about, **more)

    member.world.staff.add_session = late  # type: ignore[method-assign]
    assert (await travel(member, provider)).status_code == 403
    assert not member.world.staff.sessions


# ─── Binding ──────────────────────────────────────────────────────────────────


@pytest.fixture
async def unbound(member: Member) -> Member:
    """Somebody signed in by other means, who has no other identity yet."""
    member.world.staff.rows[member.account_id].subject = None
    await member.enter()
    return member


async def test_a_member_binds_their_account_and_takes_it_back(unbound: Member, provider: Provider) -> None:
    """Both stand in the log; only a keyed hash is kept."""
    answer = await travel(unbound, provider, "/me/agency/bind")
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/agency")
    page = (await unbound.browser.get("/me/agency")).text
    assert "It is linked" in page
    assert provider.url in page
    row = unbound.world.staff.rows[unbound.account_id]
    assert row.subject == unbound.world.safe.name_subject(provider.url, "lin")
    await add_codes(unbound)
    await unbound.world.staff.set_password(unbound.account_id, "a hash")
    await unbound.enter()
    assert (await unbound.post("/me/agency/unbind")).status_code == 303
    assert row.subject is None
    assert (await unbound.post("/me/agency/unbind")).status_code == 303
    assert [act for act in unbound.world.audit.acts if act.startswith("agency")] == [
        "agency_bound",
        "agency_unbound",
    ]


async def test_the_last_way_in_cannot_be_unbound(unbound: Member, provider: Provider) -> None:
    """The page says so."""
    await travel(unbound, provider, "/me/agency/bind")
    answer = await unbound.post("/me/agency/unbind")
    assert answer.status_code == 403
    assert "last way in" in answer.text
    assert unbound.world.staff.rows[unbound.account_id].subject


async def test_two_accounts_are_never_one_person_there(unbound: Member, provider: Provider) -> None:
    """Whoever came first has it."""
    unbound.world.staff.rows["account-0"].subject = unbound.world.safe.name_subject(provider.url, "lin")
    answer = await travel(unbound, provider, "/me/agency/bind")
    assert answer.headers["location"] == "/me/agency?taken=1"
    assert "Not linked" in (await unbound.browser.get("/me/agency?taken=1")).text
    assert "agency_bound" not in unbound.world.audit.acts


async def test_a_password_alone_binds_nothing(unbound: Member, provider: Provider) -> None:
    """Whoever learnt it would bind the account to themselves."""
    world = unbound.world
    token = world.new_token()
    await world.staff.set_password(unbound.account_id, "a hash")
    shown = Shown(at=world.clock())
    await world.staff.add_session(
        hash_token(token), unbound.account_id, world.clock(), method="half", shown=shown
    )
    unbound.browser.cookies.set("office", token)
    assert (await unbound.post("/me/agency/bind")).status_code == 404


async def test_a_journey_to_bind_signs_nobody_in_and_the_other_way_round(
    unbound: Member, provider: Provider
) -> None:
    """Each journey is for one thing, of one session."""
    provider.claims = STRONG
    state, code = provider.agree(await leave(unbound, "/me/agency/bind"))
    await unbound.leave()
    assert (await come_back(unbound, state, code)).status_code == 403
    state, code = provider.agree(await leave(unbound))
    await unbound.enter()
    unbound.browser.cookies.delete("office-form")
    assert (await come_back(unbound, state, code)).status_code == 403
    assert unbound.world.staff.rows[unbound.account_id].subject is None


# ─── A provider that does not answer as it must ───────────────────────────────

DISCOVERY = "/.well-known/openid-configuration"
BROKEN: dict[str, Any] = {
    "an error": lambda: web.Response(status=500),
    "another place": lambda: web.Response(status=302, headers={"location": "/keys"}),
    "no JSON": lambda: web.Response(text="<html>"),
    "a list": lambda: web.Response(text="[]"),
    "deep": lambda: web.Response(text="[" * 100_000),
    "too much": lambda: web.Response(text=" " * 300_000),
}


@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/keys"])
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
async def test_a_provider_that_is_broken_is_said_to_be_away(
    member: Member, provider: Provider, path: str, broken: Any
) -> None:
    """Staff are told to use another way in."""
    provider.claims = STRONG
    state, code = provider.agree(await leave(member))
    provider.answers[path] = broken()
    answer = await come_back(member, state, code)
    assert answer.status_code == 403
    assert "cannot be reached" in answer.text


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "http://evil.example/"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://a.example/\r\nx: y"},
        {"authorization_endpoint": None},
    ],
)
async def test_a_provider_with_unsafe_addresses_is_not_used(
    member: Member, provider: Provider, metadata: dict[str, Any]
) -> None:
    """Nobody is sent there."""
    provider.metadata = metadata
    answer = await member.post("/login/agency")
    assert answer.status_code == 403
    assert "refresh" not in answer.headers


@pytest.mark.parametrize(
    "said", ['{"id_token": 7}', "{}", '{"id_token": "x.y.z"}', '{"id_token": "' + "a" * 9000 + '"}']
)
async def test_a_token_that_is_none_is_refused(member: Member, provider: Provider, said: str) -> None:
    """Without an error of ours."""
    state, code = provider.agree(await leave(member))
    provider.answers["/token"] = web.Response(text=said)
    assert (await come_back(member, state, code)).status_code == 403


@pytest.mark.parametrize("said", ["{}", '{"keys": 7}', '{"keys": ["x"]}', '{"keys": [{"kty": "RSA"}]}'])
async def test_keys_that_are_none_verify_nothing(member: Member, provider: Provider, said: str) -> None:
    """Without an error of ours."""
    provider.claims = STRONG
    state, code = provider.agree(await leave(member))
    provider.answers["/keys"] = web.Response(text=said)
    assert (await come_back(member, state, code)).status_code == 403


async def test_a_provider_that_refuses_to_say_what_it_is_is_away(member: Member, provider: Provider) -> None:
    """Also with an answer that would be fine for a code."""
    provider.answers[DISCOVERY] = web.Response(status=404)
    assert (await member.post("/login/agency")).status_code == 403


async def test_a_provider_that_is_not_there_is_away(world: World) -> None:
    """Nothing listens."""
    gone = OidcAgency(Client("http://127.0.0.1:9", CLIENT, SECRET, "x"), world.clock)
    with pytest.raises(AgencyDown):
        await gone.address(state="s", nonce="n", verifier="v")


@pytest.mark.parametrize("methods", [None, ["client_secret_basic"], ["client_secret_post"]])
async def test_the_office_proves_itself_as_the_provider_asks(
    member: Member, provider: Provider, methods: list[str] | None
) -> None:
    """And never both ways."""
    provider.claims, provider.methods = STRONG, methods
    assert (await travel(member, provider)).status_code == 303
    _, authorization, form = next(each for each in provider.asked if each[0] == "/token")
    assert bool(authorization) is ("client_secret" not in form)


async def test_without_an_agency_its_doors_are_closed(world: World, browser: httpx.AsyncClient) -> None:
    """404, and no button."""
    assert "agency" not in (await browser.get("/login")).text
    assert (await browser.get(BACK)).status_code == 404
    token = form_token(browser.cookies["office-form"], "/login/agency")
    answer = await browser.post(
        "/login/agency", data={"token": token}, headers={"sec-fetch-site": "same-origin"}
    )
    assert answer.status_code == 404


async def test_a_huge_way_back_is_refused(member: Member, provider: Provider) -> None:
    """Nothing of it is written into a page."""
    assert (await member.browser.get(BACK, params={"state": "x" * 5000})).status_code == 404
