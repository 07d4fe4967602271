"""Passkeys: registered, used, removed; and every answer that is not exactly right refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse

from bot.office.auth import form_token, hash_token
from bot.office.ways.passkeys import MOST_PASSKEYS, Passkeys
from bot.ports import Shown
from tests.office.authenticator import Authenticator
from tests.office.conftest import World, sign_in
from tests.office.fakes import FakeClock, FakeStaff, FakeWays

ORIGIN = "http://localhost:8081"
HEADERS = {"sec-fetch-site": "same-origin"}
QUARTER = timedelta(minutes=15)


class Member:
    """A member of staff with a browser and a device."""

    def __init__(self, world: World, browser: httpx.AsyncClient, account_id: str) -> None:
        self.world, self.browser, self.account_id = world, browser, account_id
        self.device = Authenticator(ORIGIN)

    @property
    def _secret(self) -> str:
        cookies = self.browser.cookies
        return cookies.get("office") or cookies["office-form"]

    async def post(self, path: str, fields: dict[str, str] | None = None, secret: str = "") -> httpx.Response:
        form = (fields or {}) | {"token": form_token(secret or self._secret, path)}
        return await self.browser.post(path, data=form, headers=HEADERS)

    async def enter(self) -> None:
        """Sit at a desk, signed in by other means."""
        token = self.world.new_token()
        await self.world.staff.add_session(
            hash_token(token),
            self.account_id,
            self.world.clock(),
            method="oidc",
            shown=Shown(at=self.world.clock()),
        )
        self.browser.cookies.set("office", token)

    async def add(self, label: str = "手機", **wrong: Any) -> httpx.Response:
        options = (await self.post("/me/passkeys/begin")).json()
        return await self.post(
            "/me/passkeys/add", {"answer": self.device.make(options, **wrong), "label": label}
        )

    async def leave(self) -> None:
        await self.post("/logout")
        self.browser.cookies.delete("office")
        await self.browser.get("/login")

    async def sign(self, **wrong: Any) -> httpx.Response:
        options = (await self.post("/login/passkey/begin")).json()
        return await self.post("/login/passkey", {"answer": self.device.sign(options, **wrong)})


@pytest.fixture
async def member(world: World) -> AsyncIterator[Member]:
    """Somebody at work in an office that has a name."""
    world.open(ORIGIN)
    await world.staff.add_account("林社工", "", world.clock())
    account = await world.staff.find_account("林社工")
    assert account
    async with world.browser(origin=ORIGIN) as browser:
        member = Member(world, browser, account.id)
        await member.enter()
        yield member


@pytest.fixture
async def owner(member: Member) -> Member:
    """Somebody with a passkey, who has signed out."""
    assert (await member.add()).status_code == 303
    await member.leave()
    return member


async def test_a_passkey_is_made_and_signs_in_without_a_name(owner: Member) -> None:
    """Both stand in the log; only the public half is kept."""
    answer = await owner.sign()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    session = await owner.world.staff.find_session(hash_token(owner.browser.cookies["office"]))
    assert session
    assert (session.account_id, session.method) == (owner.account_id, "passkey")
    assert owner.world.audit.acts == ["passkey_added", "signed_out", "signed_in"]
    assert owner.world.audit.lines[-1][3] == {"method": "passkey"}


async def test_the_challenge_asks_for_a_verified_user_and_names_nobody(owner: Member) -> None:
    """A device that only notices a touch is not enough, and the sign-in page knows no names."""
    public = (await owner.post("/login/passkey/begin")).json()["publicKey"]
    assert public["userVerification"] == "required"
    assert public["rpId"] == "localhost"
    assert not public.get("allowCredentials")


async def test_a_new_passkey_lives_on_the_device_and_never_twice(member: Member) -> None:
    """Discoverable, verified, and those that are known are named so that the device refuses."""
    await member.add()
    public = (await member.post("/me/passkeys/begin")).json()["publicKey"]
    assert public["authenticatorSelection"]["residentKey"] == "required"
    assert public["authenticatorSelection"]["userVerification"] == "required"
    assert len(public["excludeCredentials"]) == 1
    assert (await member.add()).status_code == 403
    assert len(await member.world.ways.list_passkeys(member.account_id)) == 1


WRONG: dict[str, dict[str, Any]] = {
    "origin": {"origin": "http://localhost:9999"},
    "origin of a friend": {"origin": "http://evil.localhost:8081"},
    "rp": {"rp_id": "evil.example"},
    "challenge": {"challenge": b"c" * 32},
    "kind": {"kind": "payment.get"},
    "nobody there": {"flags": 0x04},
    "nobody verified": {"flags": 0x01},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_an_answer_with_one_part_wrong_signs_nobody_in(owner: Member, wrong: dict[str, Any]) -> None:
    """And changes nothing."""
    writes = owner.world.staff.writes
    answer = await owner.sign(**wrong)
    assert answer.status_code == 403
    assert "You are not signed in" in answer.text
    assert writes == owner.world.staff.writes
    assert not owner.world.staff.sessions


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_an_answer_with_one_part_wrong_adds_no_passkey(member: Member, wrong: dict[str, Any]) -> None:
    """And changes nothing."""
    writes = member.world.staff.writes
    assert (await member.add(**wrong)).status_code == 403
    assert writes == member.world.staff.writes
    assert member.world.audit.acts == []


async def test_a_signature_by_another_key_is_refused(owner: Member) -> None:
    """Knowing the name of a passkey is not having it."""
    thief = Authenticator(ORIGIN, credential_id=owner.device.credential_id, handle=owner.device.handle)
    owner.device = thief
    assert (await owner.sign()).status_code == 403


async def test_a_device_that_means_another_account_is_refused(owner: Member) -> None:
    """What it keeps beside the key must be whose key it is."""
    assert (await owner.sign(handle=b"somebody else")).status_code == 403
    assert (await owner.sign(handle=b"")).status_code == 303


async def test_an_unknown_passkey_is_refused_alike(owner: Member) -> None:
    """With the same words."""
    wrong = await owner.sign(challenge=b"c" * 32)
    owner.device = Authenticator(ORIGIN)
    unknown = await owner.sign()
    assert (unknown.status_code, unknown.text) == (wrong.status_code, wrong.text)


async def test_an_answer_works_once(owner: Member) -> None:
    """Replayed, it answers a challenge that is gone."""
    options = (await owner.post("/login/passkey/begin")).json()
    form = {"answer": owner.device.sign(options)}
    assert (await owner.post("/login/passkey", form)).status_code == 303
    await owner.leave()
    await owner.post("/login/passkey/begin")
    assert (await owner.post("/login/passkey", form)).status_code == 403


async def test_a_challenge_works_for_five_minutes(owner: Member) -> None:
    """Longer than a finger takes, shorter than a lunch."""
    options = (await owner.post("/login/passkey/begin")).json()
    owner.world.clock.pass_by(timedelta(minutes=5))
    assert (await owner.post("/login/passkey", {"answer": owner.device.sign(options)})).status_code == 403


async def test_a_challenge_works_in_the_browser_that_got_it(owner: Member) -> None:
    """Nobody is signed in with an answer that was made elsewhere."""
    options = (await owner.post("/login/passkey/begin")).json()
    async with owner.world.browser(origin=ORIGIN) as other:
        await other.get("/login")
        theirs = Member(owner.world, other, "")
        assert (
            await theirs.post("/login/passkey", {"answer": owner.device.sign(options)})
        ).status_code == 403


async def test_a_counter_that_does_not_grow_means_a_copy(owner: Member) -> None:
    """Refused, and noted."""
    assert (await owner.sign(counts=5)).status_code == 303
    await owner.leave()
    for step_back in (0, -3):
        assert (await owner.sign(counts=step_back)).status_code == 403
        assert owner.world.audit.lines[-1] == (
            "locked_out",
            "office",
            owner.account_id,
            {"by": "sign_count"},
        )
    assert not owner.world.staff.sessions


async def test_a_device_without_a_counter_may_be_used_again(owner: Member) -> None:
    """Synchronised passkeys say 0 for ever."""
    for _ in range(2):
        assert (await owner.sign(counts=0)).status_code == 303
        await owner.leave()


async def test_a_lock_of_passwords_does_not_lock_the_passkey(owner: Member) -> None:
    """T24: five wrong passwords lock account and source; the owner comes in from there all the same."""
    await owner.world.staff.set_password(owner.account_id, "a hash")
    for _ in range(6):
        assert (await sign_in(owner.browser, "林社工", "wrong")).status_code == 403
    assert not await owner.world.staff.claim_attempt(
        owner.account_id, owner.world.clock(), limit=5, lock_for=QUARTER
    )
    assert (await owner.sign()).status_code == 303


async def test_the_passkey_of_a_disabled_account_opens_nothing(owner: Member) -> None:
    """T7: also one that was good a minute ago, and what it opened is dead at the next request."""
    await owner.sign()
    await owner.world.staff.disable_account("林社工", owner.world.clock())
    assert (await owner.browser.get("/")).headers["location"] == "/login"
    await owner.browser.get("/login")
    owner.browser.cookies.delete("office")
    await owner.browser.get("/login")
    assert (await owner.sign()).status_code == 403


async def test_nobody_comes_in_by_passkey_while_the_log_is_down(owner: Member) -> None:
    """503, no session."""
    owner.world.audit.is_down = True
    assert (await owner.sign()).status_code == 503
    assert not owner.world.staff.sessions


@pytest.mark.parametrize(
    "answer",
    ["", "x", "[]", "null", "{}", '{"rawId": 7}', "[" * 20_000, '{"id":"a","rawId":"b","response":{}}'],
)
async def test_an_answer_that_is_none_is_refused(owner: Member, answer: str) -> None:
    """Whatever it is, without an error of ours."""
    await owner.post("/login/passkey/begin")
    assert (await owner.post("/login/passkey", {"answer": answer})).status_code == 403
    await owner.enter()
    await owner.post("/me/passkeys/begin")
    assert (await owner.post("/me/passkeys/add", {"answer": answer})).status_code == 403


async def begin(member: Member) -> int:
    return (await member.post("/login/passkey/begin")).status_code


async def test_a_source_that_begins_too_often_gets_no_more_challenges(owner: Member) -> None:
    """T24: thirty in a quarter of an hour; others are not locked with it, and the page refuses as ever."""
    assert [await begin(owner) for _ in range(31)] == [200] * 30 + [429]
    assert (await owner.post("/login/passkey", {"answer": ""})).status_code == 403
    async with owner.world.browser("192.0.2.77", ORIGIN) as elsewhere:
        await elsewhere.get("/login")
        assert await begin(Member(owner.world, elsewhere, "")) == 200
    owner.world.clock.pass_by(QUARTER)
    assert (await owner.sign()).status_code == 303


async def test_an_office_behind_one_address_comes_in_all_morning(owner: Member) -> None:
    """T24: whoever comes in takes their try back."""
    for _ in range(35):
        assert (await owner.sign()).status_code == 303
        await owner.leave()


async def test_strangers_push_out_nothing_that_members_have_open() -> None:
    """T24: ten thousand begin to sign in while one adds a passkey and another proves who they are."""
    staff, clock = FakeStaff(), FakeClock()
    await staff.add_account("lin", "", clock())
    passkeys = Passkeys(FakeWays(staff), clock, origin=ORIGIN)
    device = Authenticator(ORIGIN)
    adding = await passkeys.begin_adding("desk one", account_id="account-0", name="lin")
    proving = await passkeys.begin_signing("desk two", account_id="account-0")
    for number in range(10_001):
        await passkeys.begin_signing(f"stranger {number}")
    made = device.make(_as_sent(adding))
    added = passkeys.finish_adding("desk one", made, account_id="account-0", label="")
    assert added
    await FakeWays(staff).add_passkey(added)
    signed = device.sign(_as_sent(proving))
    assert await passkeys.finish_signing("desk two", signed, account_id="account-0")


def _as_sent(options: Mapping[str, Any]) -> dict[str, Any]:
    """What the browser reads of it."""
    read: dict[str, Any] = json.loads(JSONResponse(dict(options)).body)
    return read


async def test_an_answer_without_a_challenge_is_refused(member: Member) -> None:
    """Nothing was asked."""
    assert (await member.post("/me/passkeys/add", {"answer": "{}"})).status_code == 403


async def test_a_passkey_proves_again_who_one_is_and_leads_back(owner: Member) -> None:
    """After ten minutes its own page asks; a colleague's passkey is no proof."""
    await owner.sign()
    owner.world.clock.pass_by(timedelta(minutes=10))
    asked = await owner.browser.get("/me/passkeys")
    assert (asked.status_code, asked.headers["location"]) == (303, "/prove?to=%2Fme%2Fpasskeys")
    options = (await owner.post("/prove/passkey/begin")).json()
    assert len(options["publicKey"]["allowCredentials"]) == 1
    form = {"answer": owner.device.sign(options), "to": "/me/passkeys"}
    assert (await owner.post("/prove/passkey", form)).headers["location"] == "/me/passkeys"
    assert (await owner.browser.get("/me/passkeys")).status_code == 200
    assert owner.world.audit.lines[-1][0::3] == ("proved", {"method": "passkey"})


async def test_a_colleagues_passkey_proves_nothing(owner: Member) -> None:
    """Nor does a copy of one's own."""
    mine = owner.device
    await owner.world.staff.add_account("陳社工", "", owner.world.clock())
    await owner.enter()
    theirs = await owner.world.staff.find_account("陳社工")
    assert theirs
    other = Member(owner.world, owner.browser, theirs.id)
    await other.enter()
    await other.add()
    await owner.enter()
    for device, counts in ((other.device, 1), (mine, -9)):
        mine.count = 9
        await owner.world.ways.use_passkey(
            (await owner.world.ways.list_passkeys(owner.account_id))[0].id,
            sign_count=9 + mine.count,
            now=owner.world.clock(),
        )
        options = (await owner.post("/prove/passkey/begin")).json()
        form = {"answer": device.sign(options, counts=counts), "to": "/"}
        answer = await owner.post("/prove/passkey", form)
        assert answer.status_code == 403
        assert "could not be confirmed" in answer.text
    assert "proved" not in owner.world.audit.acts


async def test_the_last_way_in_cannot_be_removed(member: Member) -> None:
    """Nothing is removed, and nothing noted as removed."""
    await member.add()
    only = (await member.world.ways.list_passkeys(member.account_id))[0]
    answer = await member.post("/me/passkeys/remove", {"passkey": only.id})
    assert answer.status_code == 403
    assert "last way in" in answer.text
    assert await member.world.ways.find_passkey(only.id)
    assert "passkey_removed" not in member.world.audit.acts


async def test_one_of_two_passkeys_can_be_removed(member: Member) -> None:
    """The other stays; one of somebody else's, or none, is none."""
    await member.add()
    member.device = Authenticator(ORIGIN)
    await member.add("", counts=0)
    first, second = await member.world.ways.list_passkeys(member.account_id)
    await member.post("/me/passkeys/remove", {"passkey": "somebody else's"})
    assert (await member.post("/me/passkeys/remove", {"passkey": first.id})).status_code == 303
    assert await member.world.ways.list_passkeys(member.account_id) == [second]
    assert member.world.audit.acts.count("passkey_removed") == 1


async def test_there_is_an_end_to_passkeys(member: Member) -> None:
    """The page says so in place of the form."""
    for _ in range(MOST_PASSKEYS):
        member.device = Authenticator(ORIGIN)
        assert (await member.add()).status_code == 303
    member.device = Authenticator(ORIGIN)
    assert (await member.add()).status_code == 403
    assert "remove one" in (await member.browser.get("/me/passkeys")).text


@pytest.mark.parametrize(
    ("typed", "kept"), [("  手機\n\0 ", "手機"), ("a\u202eb", "ab"), ("x" * 200, "x" * 80)]
)
async def test_a_label_is_one_line_that_can_be_printed(member: Member, typed: str, kept: str) -> None:
    """Whatever is typed."""
    await member.add(typed)
    assert [each.label for each in await member.world.ways.list_passkeys(member.account_id)] == [kept]


async def test_a_credential_with_an_endless_name_is_refused(member: Member) -> None:
    """It would not fit into the database."""
    member.device = Authenticator(ORIGIN, credential_id=b"x" * 1100)
    assert (await member.add()).status_code == 403


async def test_whoever_came_in_by_a_password_alone_is_whole_with_a_passkey(world: World) -> None:
    """And their other sessions, which a password alone opened, are gone."""
    world.open(ORIGIN)
    await world.staff.add_account("林社工", "a hash", world.clock())
    account = await world.staff.find_account("林社工")
    assert account
    async with world.browser(origin=ORIGIN) as browser:
        member = Member(world, browser, account.id)
        tokens = [world.new_token() for _ in range(2)]
        for token in tokens:
            shown = Shown(at=world.clock())
            await world.staff.add_session(
                hash_token(token), account.id, world.clock(), method="half", shown=shown
            )
        browser.cookies.set("office", tokens[0])
        assert (await browser.get("/")).headers["location"] == "/me"
        assert (await member.add()).status_code == 303
        assert (await browser.get("/")).status_code == 200
        assert len(world.staff.sessions) == 1


async def test_at_an_address_without_a_name_there_are_no_passkeys(world: World) -> None:
    """The pages say so, and the doors are closed."""
    async with world.browser() as browser:
        page = (await browser.get("/login")).text
        assert "Use a passkey" not in page
        token = form_token(browser.cookies["office-form"], "/login/passkey/begin")
        answer = await browser.post("/login/passkey/begin", data={"token": token}, headers=HEADERS)
        assert answer.status_code == 404
        await sign_in(browser)
        assert "numeric address" in (await browser.get("/me/passkeys")).text


async def test_without_scripts_the_page_says_that_passkeys_need_them(world: World) -> None:
    """The password form stands below it and works."""
    world.open(ORIGIN)
    async with world.browser(origin=ORIGIN) as browser:
        assert "Passkeys need scripts" in (await browser.get("/login")).text


async def test_the_challenge_is_json(owner: Member) -> None:
    """And the script finds what it needs in it."""
    answer = await owner.post("/login/passkey/begin")
    assert answer.headers["content-type"] == "application/json"
    assert set(json.loads(answer.text)) == {"publicKey"}
