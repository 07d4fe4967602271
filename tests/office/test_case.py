"""The page of one handoff: covered until a reason is in the log, then everything in the order in which it is needed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import escape, unescape
from pathlib import Path

import pytest

from bot.office.words import BY_TONGUE
from bot.ports import TOLD, Sealed
from tests.desk.hostile_text import HOSTILE
from tests.office.case_cast import AGREED, MEI, Down, Vanishing, break_part, come_back, find, open_it, send
from tests.office.world import Browser, World, open_world, read_text

ZH = BY_TONGUE["zh_TW"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        await opened.hire("林社工", "list", "open", "export")
        yield opened


@pytest.fixture
async def mei(world: World) -> str:
    """One handoff, of somebody who filled in everything."""
    return await send(world, told=("types",))


@pytest.fixture
async def browser(world: World) -> Browser:
    return await sign_in(world)


async def sign_in(world: World, name: str = "林社工") -> Browser:
    browser = await world.sign_in(name)
    browser.client.headers["accept-language"] = "zh-TW"
    return browser


async def list_acts(world: World, handoff_id: str) -> list[tuple[str, str]]:
    """What the log says of a handoff, oldest first."""
    entries = await world.parts.log.read_last(subject=handoff_id)
    return [(entry.act, entry.detail) for entry in reversed(entries)]


async def spoil(world: World, handoff_id: str) -> None:
    """Break its seal."""
    stored = await find(world, handoff_id)
    blob = stored.sealed.blob
    bad = Sealed(blob[:-1] + bytes([blob[-1] ^ 1]), stored.sealed.signature, stored.sealed.signer)
    assert await world.parts.handoffs.replace_seal(handoff_id, "handoff", stored.sealed, bad)


async def list_notes(world: World, handoff_id: str) -> int:
    return len(await world.parts.casework.list_papers(handoff_id))


# ─── Covered ──────────────────────────────────────────────────────────────────


async def test_a_covered_page_holds_nothing_of_what_the_person_told(
    world: World, browser: Browser, mei: str
) -> None:
    """T6: not in a hidden field, not in the title, not half of it."""
    await world.ask(mei, "correct", "請改打市話")
    page = (await browser.get(f"/handoffs/{mei}")).text
    assert mei[:8] in page
    assert ZH["case_covered"] in page
    told = [
        value for key, value in MEI.items() if key not in {"gender", "call_number", "if_other", "may_text"}
    ]
    assert not [value for value in (*told, "請改打市話", "-345-", "2345-6789", "怡君") if value in page]
    assert "要求更正 1 則" in page
    assert await list_acts(world, mei) == []


async def test_a_covered_page_offers_each_reason_and_no_free_words(browser: Browser, mei: str) -> None:
    """Nothing of a person can come into the log by a reason."""
    page = (await browser.get(f"/handoffs/{mei}")).text
    assert page.count('type="radio"') == 7
    assert "<textarea" not in page
    assert 'type="text"' not in page


@pytest.mark.parametrize("form", [{}, {"reason": ""}, {"reason": "because I want to"}])
async def test_without_a_reason_it_stays_covered(
    world: World, browser: Browser, mei: str, form: dict[str, str]
) -> None:
    answer = await browser.post(f"/handoffs/{mei}/open", form)
    assert answer.status_code == 422
    assert ZH["case_no_reason"] in answer.text
    assert MEI["name"] not in (await browser.get(f"/handoffs/{mei}")).text
    assert await list_acts(world, mei) == []


async def test_whoever_may_only_list_opens_nothing(world: World, mei: str) -> None:
    """T6: no door of a handoff opens, and not even its age is shown."""
    await world.hire("看清單的", "list")
    browser = await sign_in(world, "看清單的")
    answer = await browser.get(f"/handoffs/{mei}")
    assert (answer.status_code, mei[:8] in answer.text) == (403, False)
    for what in ("open", "shut", "status", "notes", "keep", "reply", "erase"):
        answer = await browser.post(f"/handoffs/{mei}/{what}", {"reason": "duty", "text": "字"})
        assert answer.status_code == 403
    assert (await browser.get(f"/handoffs/{mei}/erase")).status_code == 403
    assert await list_acts(world, mei) == []


async def test_who_may_not_open_any_more_sees_nothing_of_what_they_opened(
    world: World, browser: Browser, mei: str
) -> None:
    """T7: from the next request."""
    assert MEI["story"][:5] in await open_it(browser, mei)
    await world.parts.staff.set_rights(world.accounts["林社工"], frozenset({"list"}))
    assert MEI["story"][:5] not in (await browser.get(f"/handoffs/{mei}")).text


async def test_a_locked_vault_leads_to_unlocking_and_back(
    world: World, browser: Browser, mei: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SECURITY §5: a locked desk shows nothing of one handoff, not even whether it is there; nor after a post."""
    monkeypatch.setattr(world.parts.vaults, "_free", ())
    for id_ in (mei, "00000000-0000-4000-8000-000000000000"):
        posted = [await browser.post(f"/handoffs/{id_}/open", form) for form in ({}, {"reason": "duty"})]
        for answer in (await browser.get(f"/handoffs/{id_}"), *posted):
            assert (answer.status_code, answer.headers["location"]) == (303, f"/vault?to=/handoffs/{id_}")
            assert answer.text == ""
    assert await list_acts(world, mei) == []


async def test_unlocking_leads_back_to_the_handoff(
    world: World, browser: Browser, mei: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unlock(account_id: str, words: str, *, seat: str) -> bool:
        return words == "right"

    monkeypatch.setattr(world.parts.vaults, "unlock", unlock)
    form = {"words": "right", "to": f"/handoffs/{mei}"}
    assert (await browser.post("/vault/unlock", form)).headers["location"] == f"/handoffs/{mei}"
    form["to"] = "https://evil.example"
    assert (await browser.post("/vault/unlock", form)).headers["location"] == "/vault?done=unlocked"


# ─── Opened ───────────────────────────────────────────────────────────────────


async def test_opening_is_in_the_log_and_then_the_page_is_there(
    world: World, browser: Browser, mei: str
) -> None:
    """T6: one line for each opening, and none for reading it again meanwhile."""
    page = await open_it(browser, mei, "follow_up")
    await browser.get(f"/handoffs/{mei}")
    assert await list_acts(world, mei) == [("opened", '{"reason":"follow_up"}')]
    assert (await find(world, mei)).status == "in_progress"
    text = unescape(page)
    shown = ("陳怡君", "女", "1990-05-20（民國 79 年）", "A234567893", "02-2345-6789", "姊姊", "法律扶助")
    assert all(value in text for value in (*shown, *MEI["story"].split("\n")))


async def test_a_log_that_is_down_shows_nothing_and_marks_nothing(world: World, mei: str) -> None:
    """SECURITY §1 rule 9."""
    break_part(world, audit=Down())
    browser = await sign_in(world)
    answer = await browser.post(f"/handoffs/{mei}/open", {"reason": "duty"})
    assert answer.status_code == 503
    assert ZH["audit_down_title"] in answer.text
    assert MEI["name"] not in (await browser.get(f"/handoffs/{mei}")).text
    stored = await find(world, mei)
    assert (stored.status, stored.opened_at) == ("new", None)


async def test_how_to_call_safely_stands_before_the_number(browser: Browser, mei: str) -> None:
    """A wrong call cannot be taken back: when, how, which, what to say and what not, then the digits."""
    page = unescape(await open_it(browser, mei))
    said = (
        "平日晚上七點後",
        "yijun.chen@example.com",
        "手機",
        "說是牙醫診所約診",
        "說是送貨的，晚點再打",
        "不可以",
    )
    places = [page.index(words) for words in said]
    first_digits = min(page.index(digits) for digits in ("0912-345-678", "0912345678", "02-2345-6789"))
    assert sorted(places) == places
    assert (
        max(page.index(ZH[f"case_refused_{name}"]) for name in ("text", "safe_person", "address", "refer"))
        < first_digits
    )
    assert places[-1] < first_digits
    assert page.index(ZH["case_urgency_today"]) < first_digits
    assert page.index("台語") < first_digits
    assert page.index(ZH["case_talk_first"]) > first_digits


async def test_the_number_is_a_telephone_link_and_digits_to_read_out(browser: Browser, mei: str) -> None:
    page = await open_it(browser, mei)
    assert '<a href="tel:0912345678">0912-345-678</a>' in page
    assert "0 9 1 2 · 3 4 5 · 6 7 8" in page


async def test_no_number_is_offered_that_was_not_agreed_to(world: World, browser: Browser) -> None:
    """The person they trust may be called only with consent."""
    barred = await send(world, {**MEI, "call_number": "safe"})
    page = await open_it(browser, barred)
    assert "tel:" not in page
    assert ZH["case_how_barred"] in page
    assert ZH["case_barred"] in page
    allowed = await send(world, {**MEI, "call_number": "safe"}, uses={**AGREED, "safe_person": True})
    page = await open_it(browser, allowed)
    assert 'href="tel:0987654321"' in page
    assert ZH["case_barred"] not in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"call_number": ""}, "case_how_own"),
        ({"call_number": "", "phone_home": ""}, "case_how_only"),
        ({"call_number": "work"}, "case_how_missing"),
        ({"call_number": "", "phone_home": "", "phone_mobile": ""}, "case_how_none"),
    ],
)
async def test_how_the_number_came_about_is_said(
    world: World, browser: Browser, changed: dict[str, str], said: str
) -> None:
    fields = {key: value for key, value in {**MEI, **changed}.items() if value}
    assert ZH[said] in await open_it(browser, await send(world, fields))


async def test_what_was_not_written_is_taken_for_a_no(world: World, browser: Browser) -> None:
    """A form that is nearly empty must not make a call careless."""
    page = await open_it(browser, await send(world, {"name": "王小明", "phone_mobile": "0912-345-678"}))
    unsaid = ("contact_time", "contact_way", "call_number", "may_say", "if_other", "may_text")
    assert all(ZH[f"case_unsaid_{key}"] in page for key in unsaid)
    assert ZH["case_told_none"] in page
    assert ZH["case_refused_text"] not in page


async def test_what_came_from_buttons_stands_apart_from_what_was_written(browser: Browser, mei: str) -> None:
    page = unescape(await open_it(browser, mei))
    wrote, told = page.split(ZH["case_told_title"])
    assert "遭他人恐嚇散布性影像" not in wrote
    assert "遭他人恐嚇散布性影像" in told.split("</section>")[0]
    assert "諮詢協談" in wrote


async def test_the_consent_stands_as_it_was_shown(world: World, browser: Browser, mei: str) -> None:
    """Each use with its answer, the version, the hash, the hour, and the words."""
    page = unescape(await open_it(browser, mei))
    consent = (await find(world, mei)).consent
    assert consent.text_sha256 in page
    notices = world.parts.form.notices
    shown = [text.replace("{", "").replace("}", "") for text in notices.notices.values()]
    assert all(text in page for text in (*shown, *(use.text for use in notices.uses)))
    agreed = read_text(page.split('id="agreed"')[1].split("</ul>")[0])
    assert (agreed.count(ZH["case_no"]), agreed.count("同意 我")) == (2, 2)
    assert "2026-11-20 12:00（整點）" in page
    assert '"notices"' not in page


async def test_others_that_may_be_of_the_same_person_are_ids_and_ages(world: World, mei: str) -> None:
    """T3, T6: nothing of them is shown."""
    world.clock.pass_by(timedelta(days=3))
    browser = await sign_in(world)
    other = await send(world, {"name": "改名", "phone_mobile": MEI["phone_mobile"], "story": "另一個故事"})
    page = await open_it(browser, mei)
    assert f'<a class="code" href="/handoffs/{other}">{other[:8]}</a>' in page
    assert "不到 1 小時前送出" in page
    assert "另一個故事" not in page
    assert "改名" not in page
    assert "3 天前送出" in await open_it(browser, other)


async def test_it_is_covered_again_after_a_while_and_for_everybody_else(
    world: World, browser: Browser, mei: str
) -> None:
    """T6: fifteen minutes, one member, one session."""
    await open_it(browser, mei)
    await world.hire("李社工", "list", "open")
    for other in (await sign_in(world, "李社工"), await sign_in(world)):
        assert "陳怡君" not in (await other.get(f"/handoffs/{mei}")).text
    world.clock.pass_by(timedelta(minutes=14))
    assert "陳怡君" in (await browser.get(f"/handoffs/{mei}")).text
    world.clock.pass_by(timedelta(minutes=1))
    assert "陳怡君" not in (await browser.get(f"/handoffs/{mei}")).text


async def test_it_can_be_covered_at_once(browser: Browser, mei: str) -> None:
    """By its own button, and by locking the vault."""
    await open_it(browser, mei)
    assert (await browser.post(f"/handoffs/{mei}/shut")).headers["location"] == "/queue"
    assert "陳怡君" not in (await browser.get(f"/handoffs/{mei}")).text
    await open_it(browser, mei)
    await browser.post("/vault/lock")
    assert "陳怡君" not in (await browser.get(f"/handoffs/{mei}")).text


async def test_one_that_cannot_be_read_says_so_and_stays_new(
    world: World, browser: Browser, mei: str
) -> None:
    """R21: named, and its alarms go on."""
    await spoil(world, mei)
    page = await open_it(browser, mei)
    assert ZH["case_what_forged"] in page
    assert ZH["case_broken_stays"] in page
    assert (await find(world, mei)).status == "new"


async def test_one_that_cannot_be_read_can_be_done(world: World, browser: Browser, mei: str) -> None:
    """R21, R29: by whoever tried, on purpose; from then on its time runs."""
    await spoil(world, mei)
    page = await open_it(browser, mei)
    assert ZH["case_broken_close_sure"] in page
    form = {"status": "done", **dict(re.findall(r'name="(seen\w*)" value="(\w+)"', page))}
    await browser.post(f"/handoffs/{mei}/status", form)
    assert (await find(world, mei)).status == "new", "done without being sure"
    form["sure"] = re.findall(r'name="sure" value="(\w+)"', page)[0]
    assert (await browser.post(f"/handoffs/{mei}/status", form)).status_code == 303
    stored = await find(world, mei)
    assert (stored.status, stored.opened_at is None) == ("done", False)
    page = (await browser.get(f"/handoffs/{mei}")).text
    assert ZH["case_what_forged"] in page
    assert ZH["case_broken_stays"] not in page
    assert ZH["case_broken_close_sure"] not in page


async def test_a_consent_that_is_not_sound_is_named(world: World, browser: Browser, mei: str) -> None:
    """T11: the person is asked again before anything is used."""
    consent = (await find(world, mei)).consent
    bad = Sealed(consent.sealed.blob, b"\0" * 64, consent.sealed.signer)
    assert await world.parts.handoffs.replace_seal(mei, "consent", consent.sealed, bad)
    page = await open_it(browser, mei)
    assert ZH["case_consent_broken"] in page
    assert "陳怡君" in page


@pytest.mark.parametrize("path", ["nope", "00000000-0000-4000-8000-000000000000"])
async def test_one_that_is_not_there_gets_a_kind_word(browser: Browser, path: str) -> None:
    """Erased, mistyped, or never there: nobody is blamed."""
    answer = await browser.get(f"/handoffs/{path}")
    assert answer.status_code == 404
    assert ZH["case_gone_title"] in answer.text
    for what in ("open", "status", "notes", "keep", "reply", "erase"):
        form = {"reason": "duty", "status": "done", "text": "字", "reply_name": "林"}
        assert (await browser.post(f"/handoffs/{path}/{what}", form)).status_code in {303, 404}
    assert (await browser.get(f"/handoffs/{path}/erase")).status_code == 404


@pytest.mark.parametrize("path", ["%00", "a%2Fb", "%F0%9F%98%80", "x" * 2000])
async def test_an_odd_address_is_no_error(browser: Browser, path: str) -> None:
    """PostgreSQL stumbles over some of them: none gets there."""
    assert (await browser.get(f"/handoffs/{path}")).status_code == 404


async def test_the_page_is_there_in_english(world: World, mei: str) -> None:
    page = await open_it(await world.sign_in("林社工"), mei)
    assert "Before you call" in page
    assert "陳怡君" in page
    assert "{" not in read_text(page)


# ─── Requests ─────────────────────────────────────────────────────────────────


async def test_a_request_is_pointed_at_before_the_number_and_its_words_are_shown(
    world: World, browser: Browser, mei: str
) -> None:
    """Number or time may have changed; nothing is merged by itself."""
    await world.ask(mei, "correct", "手機換了，請改打 0911-222-333")
    page = unescape(await open_it(browser, mei))
    assert page.index(ZH["case_correct_first"]) < page.index("0912-345-678") < page.index("0911-222-333")
    assert ZH["case_not_merged"] in page
    assert ZH["case_erase_go"] not in page
    assert 'href="tel:0911222333"' not in page


async def test_a_withdrawal_is_confirmed_before_anything_is_erased(
    world: World, browser: Browser, mei: str
) -> None:
    """T4: whoever has the receipt need not be the person."""
    await world.ask(mei, "withdraw")
    page = await open_it(browser, mei)
    assert ZH["case_withdraw_how"] in page
    asked = await browser.get(f"/handoffs/{mei}/erase")
    assert ZH["case_erase_check"] in asked.text
    for form, why in (
        ({"short": mei[:8]}, "unconfirmed"),
        ({"short": "0000", "confirmed": "yes"}, "mistyped"),
    ):
        answer = await browser.post(f"/handoffs/{mei}/erase", form)
        assert answer.status_code == 422
        assert ZH[f"case_erase_{why}"] in answer.text
    await find(world, mei)
    answer = await browser.post(f"/handoffs/{mei}/erase", {"short": mei[:8], "confirmed": "yes"})
    assert answer.headers["location"] == f"/handoffs/{mei}?erased=1"
    gone = await browser.get(answer.headers["location"])
    assert (gone.status_code, ZH["case_erased_title"] in gone.text) == (404, True)
    assert (await list_acts(world, mei))[-1] == ("erased", '{"status":"in_progress"}')
    ledger = (world.settings.data_dir / "desk" / "erased-handoffs").read_text()
    assert mei in ledger


async def test_erasing_needs_a_proof_of_who_is_there(world: World, browser: Browser, mei: str) -> None:
    """ASVS 7.5.3: a desk that somebody has left open erases nothing."""
    await world.ask(mei, "withdraw")
    await open_it(browser, mei)
    world.clock.pass_by(timedelta(minutes=11))
    assert "/prove" in (await browser.get(f"/handoffs/{mei}/erase")).headers["location"]
    answer = await browser.post(f"/handoffs/{mei}/erase", {"short": mei[:8], "confirmed": "yes"})
    assert "/prove" in answer.headers["location"]
    await find(world, mei)


async def test_opening_needs_a_proof_of_who_is_there(world: World, browser: Browser, mei: str) -> None:
    """T6: a desk that somebody has left shows nothing that was not open already, and notes no opening."""
    world.clock.pass_by(timedelta(minutes=11))
    answer = await browser.post(f"/handoffs/{mei}/open", {"reason": "first_call"})
    assert (answer.status_code, "/prove" in answer.headers["location"]) == (303, True)
    assert "王小明" not in (await browser.get(f"/handoffs/{mei}")).text


async def test_nothing_is_erased_that_nobody_asked_back_or_nobody_opened(
    world: World, browser: Browser, mei: str
) -> None:
    form = {"short": mei[:8], "confirmed": "yes"}
    back = f"/handoffs/{mei}#requests"
    assert (await browser.post(f"/handoffs/{mei}/erase", form)).headers["location"] == back
    assert (await browser.get(f"/handoffs/{mei}/erase")).headers["location"] == back
    await open_it(browser, mei)
    assert (await browser.post(f"/handoffs/{mei}/erase", form)).headers["location"] == back
    assert (await browser.get(f"/handoffs/{mei}/erase")).headers["location"] == back
    await find(world, mei)


async def test_one_that_was_not_confirmed_is_kept_with_a_note(
    world: World, browser: Browser, mei: str
) -> None:
    """With words of one's own or ours; the request stays where it is."""
    await world.ask(mei, "withdraw")
    await open_it(browser, mei)
    for number, text in enumerate(("她說先不要刪", " ")):
        answer = await browser.post(f"/handoffs/{mei}/keep", {"text": text, "nonce": f"n-{number}"})
        assert answer.headers["location"] == f"/handoffs/{mei}#requests"
    page = (await browser.get(f"/handoffs/{mei}")).text
    assert page.count("她說先不要刪") == 2
    assert ZH["case_kept_note"] in page
    assert ZH["case_erase_go"] in page
    assert [detail for act, detail in await list_acts(world, mei) if act == "paper_added"] == [
        '{"about":"withdraw","kind":"note"}'
    ] * 2


# ─── Status ───────────────────────────────────────────────────────────────────


def test_there_is_a_sentence_for_each_status_in_each_language_of_the_staff(world: World) -> None:
    """It is the one that people read by their receipt, from flows/."""
    assert all(world.parts.told[status][tongue] for status in TOLD for tongue in ("zh_TW", "en"))
    assert world.parts.told["done"]["zh_TW"].startswith("這組代碼：那邊處理完了")


async def test_what_the_person_reads_stands_beside_each_choice(
    world: World, browser: Browser, mei: str
) -> None:
    page = unescape(await open_it(browser, mei))
    assert page.count(world.parts.told["called"]["zh_TW"]) == 2
    assert page.count(world.parts.told["done"]["zh_TW"]) == 1


async def test_a_status_is_set_and_the_first_call_is_noted_and_counted(
    world: World, browser: Browser, mei: str
) -> None:
    world.clock.pass_by(timedelta(hours=2))
    browser = await sign_in(world)
    await open_it(browser, mei)
    form = {"status": "called", "seen": "in_progress", "seen_requests": "0"}
    assert (await browser.post(f"/handoffs/{mei}/status", form)).headers["location"].endswith("#status")
    assert (await find(world, mei)).status == "called"
    assert (await world.parts.casework.list_work())[mei].called_at is not None
    day = world.clock().date()
    assert ("first_call", "1_4h", 1) in [
        (one.kind, one.name, one.count) for one in await world.parts.tally.read(day, day)
    ]
    assert ("status_set", '{"before":"in_progress","now":"called"}') in await list_acts(world, mei)


async def test_a_status_chosen_before_the_person_wrote_again_waits(
    world: World, browser: Browser, mei: str
) -> None:
    """The page says what came; what was chosen is not set until it was looked at."""
    page = await open_it(browser, mei)
    form = {
        "status": "called",
        **dict(re.findall(r'name="(seen\w+)" value="(\w+)"', page)),
        "seen": "in_progress",
    }
    await world.ask(mei, "correct", "這支電話不安全了")
    answer = await browser.post(f"/handoffs/{mei}/status", form)
    assert answer.status_code == 409
    assert ZH["case_changed_asked_text"] in answer.text
    assert (await find(world, mei)).status == "in_progress"
    assert "這支電話不安全了" in (await browser.get(f"/handoffs/{mei}")).text


async def test_a_change_by_a_colleague_is_told_and_not_written_over(
    world: World, browser: Browser, mei: str
) -> None:
    """The page says what it is now."""
    await open_it(browser, mei)
    await world.parts.handoffs.set_status(mei, "done", world.clock())
    answer = await browser.post(
        f"/handoffs/{mei}/status", {"status": "called", "seen": "in_progress", "seen_requests": "0"}
    )
    assert answer.status_code == 409
    assert "已辦結" in answer.text
    assert (await find(world, mei)).status == "done"


async def test_one_that_is_erased_while_its_status_is_set_is_gone(
    world: World, browser: Browser, mei: str
) -> None:
    """No error, and no page about something that is not there."""
    await open_it(browser, mei)
    break_part(world, handoffs=Vanishing(await find(world, mei)))
    browser = come_back(world, browser)
    answer = await browser.post(
        f"/handoffs/{mei}/status", {"status": "done", "seen": "in_progress", "seen_requests": "0"}
    )
    assert (answer.status_code, ZH["case_gone_title"] in answer.text) == (404, True)


async def test_an_odd_status_changes_nothing(world: World, browser: Browser, mei: str) -> None:
    await open_it(browser, mei)
    for wanted in ("new", "", "<b>"):
        answer = await browser.post(
            f"/handoffs/{mei}/status", {"status": wanted, "seen": "new", "seen_requests": "0"}
        )
        assert answer.status_code == 303
    assert (await find(world, mei)).status == "in_progress"


# ─── Notes and the reply block ────────────────────────────────────────────────


async def test_a_note_is_read_by_colleagues_and_lies_sealed(world: World, browser: Browser, mei: str) -> None:
    """T8: not a word of it stands in any file of the database."""
    await open_it(browser, mei)
    form = {"text": "第一次打：沒接。\r\n明晚七點再打。", "nonce": "n-1"}
    for _ in range(2):
        answer = await browser.post(f"/handoffs/{mei}/notes", form)
        assert answer.headers["location"] == f"/handoffs/{mei}#notes"
    await browser.post(f"/handoffs/{mei}/reply", {"reply_unit": "祕密單位甲", "nonce": "n-2", "seen": "0"})
    await world.hire("李社工", "list", "open")
    page = await open_it(await sign_in(world, "李社工"), mei)
    assert page.count("第一次打：沒接。\n明晚七點再打。") == 1
    assert "<strong>林社工</strong>" in page
    files = list((world.settings.data_dir).rglob("*.db*")) + list(world.settings.data_dir.rglob("*.sqlite*"))
    raw = b"".join(file.read_bytes() for file in files)
    assert b"handoff_paper" in raw
    assert not [words for words in ("沒接", "七點", "祕密單位甲") if words.encode() in raw]


@pytest.mark.parametrize(("text", "why"), [(" ", "empty"), ("很長" * 2501, "too_long")])
async def test_a_note_that_does_not_fit_is_given_back(
    world: World, browser: Browser, mei: str, text: str, why: str
) -> None:
    await open_it(browser, mei)
    answer = await browser.post(f"/handoffs/{mei}/notes", {"text": text, "nonce": "n"})
    assert answer.status_code == 422
    assert ZH[f"case_again_{why}"].format(most=5000) in answer.text
    assert f"\n{text}</textarea>" in answer.text
    assert await list_notes(world, mei) == 0


async def test_a_note_about_what_is_gone_is_not_given_back(browser: Browser) -> None:
    form = {"text": "長" * 5001, "nonce": "n"}
    answer = await browser.post("/handoffs/00000000-0000-4000-8000-000000000000/notes", form)
    assert (answer.status_code, ZH["case_gone_title"] in answer.text) == (404, True)


@pytest.mark.parametrize(("part", "why"), [("audit", "audit"), ("sealer", "closed"), ("handoffs", "store")])
async def test_what_cannot_be_kept_now_is_given_back(
    world: World, browser: Browser, mei: str, part: str, why: str
) -> None:
    """The log, the recipients or the database are down: nothing is saved, and no word is lost."""
    await open_it(browser, mei)
    break_part(world, **{part: Down()})
    browser = come_back(world, browser)
    note = await browser.post(f"/handoffs/{mei}/notes", {"text": "不能丟的字", "nonce": "n"})
    form = {"reply_unit": "不能丟的單位", "nonce": "n", "seen": "0"}
    reply = await browser.post(f"/handoffs/{mei}/reply", form)
    for answer, words in ((note, "不能丟的字"), (reply, "不能丟的單位")):
        assert answer.status_code == 503
        assert ZH[f"case_again_{why}"] in answer.text
        assert words in answer.text
    assert await list_notes(world, mei) == 0


async def test_the_reply_block_is_filled_in_and_shown(world: World, browser: Browser, mei: str) -> None:
    page = await open_it(browser, mei)
    assert ZH["case_reply_none"] in page
    form = {"reply_unit": "防治中心", "reply_phone": "(02)2361-5295 轉 226", "seen": "0", "nonce": "n-1"}
    assert (await browser.post(f"/handoffs/{mei}/reply", form)).headers["location"].endswith("#reply")
    page = (await browser.get(f"/handoffs/{mei}")).text
    assert 'value="防治中心"' in page
    assert 'value="02-2361-5295#226"' in page
    assert "最後由 林社工 填寫" in page


async def test_a_reply_block_that_a_colleague_filled_in_is_told(
    world: World, browser: Browser, mei: str
) -> None:
    """Saved again, one's own counts: it was seen."""
    await open_it(browser, mei)
    await browser.post(f"/handoffs/{mei}/reply", {"reply_unit": "甲", "seen": "0", "nonce": "n-1"})
    for seen in ("0", "", "x", "９"):
        form = {"reply_unit": "乙", "seen": seen, "nonce": "n-2"}
        answer = await browser.post(f"/handoffs/{mei}/reply", form)
        assert answer.status_code == 409
        assert 'value="乙"' in answer.text
    [seen] = re.findall(r'name="seen" value="(\d+)"', answer.text)
    world.clock.pass_by(timedelta(seconds=1))  # of two at the same moment nobody knows which is newer
    form["seen"] = seen
    assert (await browser.post(f"/handoffs/{mei}/reply", form)).status_code == 303
    assert 'value="乙"' in await open_it(browser, mei)


async def test_a_reply_that_is_too_long_is_given_back(world: World, browser: Browser, mei: str) -> None:
    form = {"reply_unit": "長" * 61, "reply_name": "林", "seen": "0", "nonce": "n"}
    answer = await browser.post(f"/handoffs/{mei}/reply", form)
    assert answer.status_code == 422
    assert (answer.text.count(ZH["case_too_long"]), "長" * 61 in answer.text) == (1, True)
    assert await list_notes(world, mei) == 0


# ─── Doors ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("what", ["open", "shut", "status", "notes", "keep", "reply", "erase"])
async def test_a_post_with_a_bad_token_changes_nothing(
    world: World, browser: Browser, mei: str, what: str
) -> None:
    """T23: neither without a token nor with that of another form."""
    await world.ask(mei, "withdraw")
    await open_it(browser, mei)
    before = (await find(world, mei), await list_acts(world, mei))
    form = {
        "reason": "duty",
        "status": "done",
        "seen": "in_progress",
        "seen_requests": "0",
        "text": "字",
        "reply_unit": "甲",
        "short": mei[:8],
        "confirmed": "yes",
    }
    for token in ("", "0" * 64):
        assert (await browser.post(f"/handoffs/{mei}/{what}", form, token=token)).status_code == 403
    assert (await find(world, mei), await list_acts(world, mei)) == before
    assert "陳怡君" in (await browser.get(f"/handoffs/{mei}")).text


async def test_hostile_words_in_every_place_stand_as_words(world: World, browser: Browser) -> None:
    """T20, T22: escaped, no link made of any, no address left whole."""
    for number, payload in enumerate(HOSTILE.values()):
        fields = dict.fromkeys(MEI, f"{payload}§") | {"birth": payload or "x"}
        kept = {key: value.replace("\0", "") for key, value in fields.items() if value.strip()}
        hostile = await send(world, kept, told=("types",), text=f"{payload}§")
        await world.ask(hostile, "correct", payload)
        await open_it(browser, hostile)
        await browser.post(f"/handoffs/{hostile}/notes", {"text": f"{payload}§", "nonce": f"n-{number}"})
        form = {"reply_unit": payload, "seen": "0", "nonce": f"r-{number}"}
        await browser.post(f"/handoffs/{hostile}/reply", form)
        page = (await browser.get(f"/handoffs/{hostile}")).text
        assert "<script>alert" not in page
        shown = page.replace(f'value="{escape(payload.strip())}"', "")  # what staff typed can be changed
        assert "https://example" not in shown
        links = re.findall(r'href="([^"]*)"', page.split("<main")[1])
        ours = re.compile(r"#[a-z]+|/queue|/handoffs/[0-9a-f-]{36}(/erase)?")
        assert not [link for link in links if not ours.fullmatch(link)]
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08]", page)
