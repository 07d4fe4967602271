"""One-time codes: six digits of the current thirty seconds, once, ten wrong ones at most."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from bot.errors import Unreadable
from bot.office.auth import Desk, Guess
from bot.office.ways.codes import MOST_WRONG, draw_secret, make_secret, read_code, write_secret
from bot.office.ways.once import Once
from bot.office.ways.safe import Safe
from tests.depth import pick
from tests.office.authenticator import Authenticator
from tests.office.conftest import World, sign_in
from tests.office.fakes import PROMPT, FakeClock
from tests.office.test_auth import CountedPasswords, Entrance
from tests.office.test_ways_passkeys import Member

QUARTER = timedelta(minutes=15)
STEP = timedelta(seconds=30)


def code_of(secret: bytes, clock: FakeClock, steps: int = 0) -> str:
    """What the member's app shows, or showed so many steps ago."""
    return TOTP(secret, 6, SHA1(), 30).generate(int(clock().timestamp()) + 30 * steps).decode()  # noqa: S303 - what apps know


class Gate(Entrance):
    """A desk whose `lin` has codes."""

    secret = b"s" * 20

    async def code(self, code: str, typed: str = "right", source: str = "") -> str | None:
        return await self.guess(typed, source=source, code=code)

    def now(self, steps: int = 0) -> str:
        return code_of(self.secret, self.clock, steps)


@pytest.fixture
async def gate() -> Gate:
    gate = Gate()
    await gate.add()
    await gate.ways.set_totp("account-0", gate.safe.lock(gate.secret, "account-0"), gate.clock())
    return gate


async def test_the_right_password_with_the_current_code_comes_in(gate: Gate) -> None:
    """All the way: nothing more must be set up."""
    session = await gate.desk.find_session(await gate.code(gate.now()) or "")
    assert session
    assert not gate.desk.needs_second(session)


async def test_a_code_may_be_typed_in_groups(gate: Gate) -> None:
    """As apps show it."""
    now = gate.now()
    assert await gate.code(f" {now[:3]} {now[3:]} ")


@pytest.mark.parametrize("steps", [-1, 1, -2, 2])
async def test_a_step_earlier_or_later_is_refused(gate: Gate, steps: int) -> None:
    """T24: the current thirty seconds only."""
    assert await gate.code(gate.now(steps)) is None


async def test_a_code_works_once(gate: Gate) -> None:
    """T24: also where the password is right, also after the step that used it, never an older one."""
    used = gate.now()
    assert await gate.code(used)
    assert await gate.code(used) is None
    gate.clock.pass_by(STEP)
    assert await gate.code(used) is None
    assert await gate.code(gate.now())


@pytest.mark.parametrize("code", ["", "12345", "1234567", "１２３４５６", "abcdef", "12345\0", "-12345"])
async def test_what_is_no_code_is_refused_and_costs_none_of_the_ten(gate: Gate, code: str) -> None:
    """The account's own five tries count it all the same."""
    assert await gate.code(code) is None
    assert gate.staff.rows["account-0"].totp_failures == 0
    assert gate.staff.rows["account-0"].failures == 1


async def test_a_wrong_password_burns_no_code(gate: Gate) -> None:
    """Whoever does not know the password cannot lock the owner's codes."""
    await gate.code("000000", typed="wrong")
    assert gate.staff.rows["account-0"].totp_failures == 0


async def test_ten_wrong_codes_need_an_administrator(gate: Gate) -> None:
    """T24: then the right one is refused too, however long one waits; the log says so once."""
    for number in range(12):
        assert await gate.code(f"{number:06}") is None
        gate.clock.pass_by(QUARTER)
    assert await gate.code(gate.now()) is None
    assert [line[3]["by"] for line in gate.audit.lines if line[0] == "locked_out"].count("codes") == 1
    await gate.ways.set_totp("account-0", gate.safe.lock(gate.secret, "account-0"), gate.clock())
    gate.clock.pass_by(QUARTER)
    assert await gate.code(gate.now())


async def test_a_right_code_forgets_the_wrong_ones(gate: Gate) -> None:
    """Slips do not add up over months."""
    for _ in range(3):
        for number in range(4):
            await gate.code(f"00000{number}")
        assert await gate.code(gate.now())
        gate.clock.pass_by(STEP)
    assert gate.staff.rows["account-0"].totp_failures == 0


async def test_codes_locked_by_another_office_are_refused(gate: Gate) -> None:
    """A database without its key lets nobody in."""
    gate.safe = Safe(b"o" * 32)
    gate.desk = Desk(gate, gate.passwords, limits=PROMPT, demo=True)
    assert await gate.code(gate.now()) is None


async def test_a_day_of_guessing_finds_nothing_and_the_owner_still_gets_in(gate: Gate) -> None:
    """T24, R23: 100,000 tries in 24 hours (by night; else 10,000) with the right password, each from another source: ten codes are looked at."""
    tries = pick(100_000, 10_000)
    for number in range(tries):
        assert await gate.code(f"{number:06}") is None
        gate.clock.pass_by(timedelta(days=1) / tries)
    assert gate.passwords.looked_at <= 480
    assert gate.staff.rows["account-0"].totp_failures == MOST_WRONG
    account = await gate.staff.find_account("lin")
    assert account
    assert await gate.desk.find_session(await gate.work())


async def test_a_day_of_guessing_from_one_source_is_locked_there_too() -> None:
    """T24: 480 looks at most, over all names, of which none is right."""
    gate = Entrance()
    for name in ("lin", "chen", "wang"):
        await gate.add(name)
    for number in range(20_000):
        name = ("lin", "chen", "wang")[number % 3]
        assert await gate.guess(f"guess {number}", name=name, source="192.0.2.9") is None
        gate.clock.pass_by(timedelta(days=1) / 20_000)
    assert isinstance(gate.passwords, CountedPasswords)
    assert gate.passwords.looked_at <= 480


# ─── What is locked ───────────────────────────────────────────────────────────


def test_a_secret_opens_for_its_account_and_its_office_only() -> None:
    """Moved to another row, altered, or under another key it is noise."""
    safe = Safe(b"k" * 32)
    locked = safe.lock(b"secret", "lin")
    assert safe.open(locked, "lin") == b"secret"
    assert b"secret" not in locked
    assert safe.lock(b"secret", "lin") != locked
    for one, account, wrong in (
        (safe, "chen", locked),
        (Safe(b"o" * 32), "lin", locked),
        (safe, "lin", locked[:-1] + bytes([locked[-1] ^ 1])),
        (safe, "lin", b"\x02" + locked[1:]),
        (safe, "lin", b""),
    ):
        with pytest.raises(Unreadable):
            one.open(wrong, account)


def test_an_outside_identity_is_kept_as_a_keyed_hash() -> None:
    """The same person elsewhere, or another office, gives another one."""
    safe = Safe(b"k" * 32)
    mine = safe.name_subject("https://a.example", "lin")
    assert mine == safe.name_subject("https://a.example", "lin")
    others = {
        safe.name_subject("https://a.example", "chen"),
        safe.name_subject("https://b.example", "lin"),
        Safe(b"o" * 32).name_subject("https://a.example", "lin"),
    }
    assert len(others | {mine}) == 4
    assert len(mine) == 64


def test_a_new_secret_is_written_in_groups_of_four() -> None:
    """160 bits, each different."""
    assert len(make_secret()) == 20
    assert make_secret() != make_secret()
    assert write_secret(b"\0" * 20) == " ".join(["AAAA"] * 8)


def test_the_picture_holds_nothing_that_runs() -> None:
    """SVG of lines, with nothing inline that the policy forbids."""
    drawn = draw_secret(b"s" * 20, name="林社工 <script>", office="frontdoor").decode()
    assert drawn.startswith("<?xml")
    assert "<script" not in drawn
    assert "style" not in drawn


@pytest.mark.parametrize(("typed", "read"), [("123 456", b"123456"), ("12 34 5", None), ("", None)])
def test_six_digits_are_a_code(typed: str, read: bytes | None) -> None:
    """In groups or not."""
    assert read_code(typed) == read


def test_what_a_ceremony_remembers_is_taken_once_by_its_owner_and_bounded() -> None:
    """The oldest is forgotten, not the newest; nothing is kept under the secret itself."""
    once: Once[str] = Once(FakeClock(), most=2)
    for owner in ("first", "second", "third"):
        once.put(owner, f"{owner}'s")
    assert once.look("first") is None
    assert (once.look("second"), once.take("second"), once.take("second")) == ("second's", "second's", None)
    once.put("third", "anew")
    assert once.take("third") == "anew"
    assert "third" not in repr(once._held)


# ─── Setting them up ──────────────────────────────────────────────────────────


@pytest.fixture
async def newcomer(world: World) -> Member:
    """Somebody who has come in with a password alone."""
    await world.staff.add_account("林社工", "", world.clock())
    await world.staff.set_password("account-1", await CHEAP_HASH())
    browser = world.browser()
    assert (await sign_in(browser, "林社工", "right")).status_code == 303
    return Member(world, browser, "account-1")


async def CHEAP_HASH() -> str:  # noqa: N802 - a constant that takes work
    from bot.office.passwords import Passwords
    from tests.office.fakes import CHEAP

    return await Passwords(CHEAP, demo=True).hash("right")


def secret_of(member: Member) -> bytes:
    """What is being set up in this member's browser."""
    ways = [cell.cell_contents for cell in _cells(member.world)]
    office = next(each for each in ways if hasattr(each, "ways") and hasattr(each, "desk"))
    secret = office.ways.secrets.look(member.browser.cookies["office"])
    assert secret
    return secret


def _cells(world: World) -> tuple[object, ...]:
    route = next(each for each in world.app.routes if each.path == "/me/totp")
    return route.endpoint.__closure__


async def test_whoever_has_no_second_way_in_may_only_set_one_up(newcomer: Member) -> None:
    """Every other page leads to their own account; signing out works."""
    for path in ("/", "/queue", "/accounts", "/audit"):
        answer = await newcomer.browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    assert (await newcomer.browser.get("/me/totp")).status_code == 200
    assert (await newcomer.post("/logout")).status_code == 303


async def test_setting_up_codes_makes_one_whole(newcomer: Member) -> None:
    """The page shows the secret as picture and as text until a right code comes back; it is noted, and locked at rest."""
    await newcomer.browser.get("/me/totp")
    secret = secret_of(newcomer)
    assert write_secret(secret) in (await newcomer.browser.get("/me/totp")).text
    drawn = await newcomer.browser.get("/me/totp/picture.svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    wrong = await newcomer.post("/me/totp", {"code": "000000"})
    assert (wrong.status_code, write_secret(secret) in wrong.text) == (403, True)
    world = newcomer.world
    code = code_of(secret, world.clock)
    assert (await newcomer.post("/me/totp", {"code": code})).headers["location"] == "/me"
    assert (await newcomer.browser.get("/")).status_code == 200
    assert world.audit.acts == ["signed_in", "totp_set"]
    stored = world.staff.rows["account-1"].account.totp
    assert stored
    assert secret not in stored


async def test_the_code_that_set_it_up_signs_nobody_in(newcomer: Member) -> None:
    """It is used up; the next one works, and a password alone no longer."""
    await newcomer.browser.get("/me/totp")
    secret, world = secret_of(newcomer), newcomer.world
    code = code_of(secret, world.clock)
    await newcomer.post("/me/totp", {"code": code})
    async with world.browser() as other:
        assert (await sign_in(other, "林社工", "right", code)).status_code == 403
        assert (await sign_in(other, "林社工", "right")).status_code == 403
        world.clock.pass_by(STEP)
        next_code = code_of(secret, world.clock)
        assert (await sign_in(other, "林社工", "right", next_code)).status_code == 303


async def test_other_sessions_of_the_password_end_with_it(newcomer: Member) -> None:
    """They would become whole, whoever has them."""
    async with newcomer.world.browser() as other:
        await sign_in(other, "林社工", "right")
        await newcomer.browser.get("/me/totp")
        code = code_of(secret_of(newcomer), newcomer.world.clock)
        await newcomer.post("/me/totp", {"code": code})
        assert (await other.get("/me/totp")).headers["location"] == "/login"


async def test_changing_codes_needs_proof_and_keeps_the_other_sessions(newcomer: Member) -> None:
    """After ten minutes the page asks who is there, and says that the old codes end."""
    world = newcomer.world
    await newcomer.browser.get("/me/totp")
    await newcomer.post("/me/totp", {"code": code_of(secret_of(newcomer), world.clock)})
    elsewhere = Member(world, world.browser(), "account-1")
    await elsewhere.enter()
    assert "codes already" in (await newcomer.browser.get("/me/totp")).text
    await newcomer.post("/me/totp", {"code": code_of(secret_of(newcomer), world.clock)})
    assert (await elsewhere.browser.get("/me/totp")).status_code == 200
    world.clock.pass_by(timedelta(minutes=10))
    assert (await newcomer.browser.get("/me/totp")).headers["location"] == "/prove?to=%2Fme%2Ftotp"


async def test_nothing_is_set_while_the_log_is_down(newcomer: Member) -> None:
    """503, and a password alone is still all there is."""
    await newcomer.browser.get("/me/totp")
    code = code_of(secret_of(newcomer), newcomer.world.clock)
    newcomer.world.audit.is_down = True
    assert (await newcomer.post("/me/totp", {"code": code})).status_code == 503
    assert newcomer.world.staff.rows["account-1"].account.totp is None


async def test_a_secret_is_shown_for_a_quarter_of_an_hour(newcomer: Member) -> None:
    """Then there is no picture, and a code of it leads to a new one."""
    assert (await newcomer.browser.get("/me/totp/picture.svg")).status_code == 404
    answer = await newcomer.post("/me/totp", {"code": "000000"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/totp")


async def test_a_passkey_account_is_not_let_in_by_its_password(newcomer: Member) -> None:
    """T24: with the same refusal as ever, so that nobody learns that the password was right."""
    world = newcomer.world
    world.open("http://localhost:8081")
    newcomer.device = Authenticator("http://localhost:8081")
    newcomer.browser = world.browser(origin="http://localhost:8081")
    await newcomer.enter()
    await newcomer.add()
    async with world.browser() as other:
        right = await sign_in(other, "林社工", "right")
        wrong = await sign_in(other, "林社工", "wrong")
        assert (right.status_code, right.text) == (wrong.status_code, wrong.text)


async def test_guess_hides_what_was_typed() -> None:
    """No log could repeat it."""
    assert "hunter" not in repr(Guess("hunter", "hunter", "hunter", "hunter"))
