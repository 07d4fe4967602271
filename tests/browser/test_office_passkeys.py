"""Passkeys and codes in a real Chromium with a virtual authenticator, against a whole office over a real database."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect
from starlette.types import ASGIApp

from bot.office.app import create_office
from bot.office.passwords import Passwords
from bot.office.ways.agency import AGENCY_BACK
from bot.office.ways.oidc import Client, OidcAgency
from tests.browser.conftest import ARGS, need_chromium
from tests.office.fakes import CHEAP, PROMPT
from tests.office.provider import CLIENT, SECRET, Provider, open_provider
from tests.office.test_ways_codes import code_of
from tests.office.world import World, open_world
from tests.serving import serve_beside

pytestmark = pytest.mark.browser

NAME, PASSWORD = "林社工", "correct horse 電池"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Served:
    """An office on a real socket, with an agency elsewhere. Passkeys belong to a name, and `localhost` is one."""

    world: World
    url: str
    provider: Provider


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Served]:
    """An office with one member, who has a password and nothing else."""
    async with open_world(tmp_path) as world, open_provider(lambda: world.clock().timestamp()) as provider:
        account_id = await world.hire(NAME, "list", "open")
        await world.parts.staff.set_password(account_id, await Passwords(CHEAP, demo=True).hash(PASSWORD))

        def make(url: str) -> ASGIApp:
            client = Client(provider.url, CLIENT, SECRET, f"{url}{AGENCY_BACK}")
            parts = replace(world.parts, agency=OidcAgency(client, world.clock))
            return create_office(parts, demo=True, origin=url, limits=PROMPT, cost=CHEAP)

        async with serve_beside(make, host="localhost") as url:
            yield Served(world, url, provider)


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Chromium; in CI it must be there."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=need_chromium(), args=ARGS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """A computer in Taiwan with a fingerprint reader, whose console must stay silent."""
    context = await chromium.new_context(locale="zh-TW", viewport=WIDE)
    context.set_default_timeout(30_000)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    device = await context.new_cdp_session(page)
    await device.send("WebAuthn.enable")
    await device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield page
    await context.close()
    expected = ("403 (Forbidden)", "Cleared data types", "ERR_CONNECTION_REFUSED")
    assert [each for each in complaints if not any(part in each for part in expected)] == []


async def check(page: Page, name: str) -> None:
    """No barrier that axe knows, nothing wider than the screen; pictures for whoever asks for them."""
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    for wide in (WIDE, NARROW):
        await page.set_viewport_size(wide)
        hangs_out = await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not hangs_out, (name, wide)
        if folder := os.environ.get("FRONTDOOR_SCREENSHOTS"):
            where = Path(folder) / f"office-{name}-{wide['width']}.png"
            await page.screenshot(path=where, full_page=True)
    await page.set_viewport_size(WIDE)


async def sign_in(page: Page, url: str, password: str = PASSWORD, code: str = "") -> None:
    await page.goto(f"{url}/login")
    await page.get_by_label("帳號").fill(NAME)
    await page.get_by_label("密碼").fill(password)
    await page.get_by_label("驗證碼（6 位數字）").fill(code)
    await page.get_by_role("button", name="登入", exact=True).click()


async def add_passkey(page: Page, url: str) -> None:
    await page.goto(f"{url}/me/passkeys")
    await page.get_by_label("名稱").fill("辦公室電腦")
    await page.get_by_role("button", name="加入通行密鑰").click()
    await expect(page.get_by_role("rowheader", name="辦公室電腦")).to_be_visible()


async def use_passkey(page: Page) -> None:
    await page.get_by_role("button", name="使用通行密鑰").click()


async def sign_out(page: Page) -> None:
    await page.get_by_role("button", name="登出").click()
    await expect(page.get_by_role("heading", name="工作人員登入")).to_be_visible()


async def test_a_passkey_is_registered_and_used_and_no_lock_stands_before_it(
    page: Page, office: Served
) -> None:
    """T24: five wrong passwords lock the account for everybody but whoever holds the passkey."""
    await sign_in(page, office.url)
    await page.wait_for_url(f"{office.url}/me")
    await add_passkey(page, office.url)
    await check(page, "passkeys")
    await sign_out(page)
    await check(page, "login")
    for _ in range(5):
        await sign_in(page, office.url, "wrong")
        await expect(page.get_by_role("alert").first).to_contain_text("無法登入")
    await check(page, "login-refused")
    await sign_in(page, office.url)
    await expect(page.get_by_role("alert").first).to_contain_text("無法登入")
    await use_passkey(page)
    await page.wait_for_url(re.compile(f"{re.escape(office.url)}/(queue)?$"))
    await expect(page.get_by_text(NAME)).to_be_visible()


async def test_a_passkey_proves_again_who_is_there(page: Page, office: Served) -> None:
    """And the member is back on the page that asked."""
    await sign_in(page, office.url)
    await page.wait_for_url(f"{office.url}/me")
    await add_passkey(page, office.url)
    office.world.clock.pass_by(timedelta(minutes=10))
    await page.goto(f"{office.url}/me/passkeys")
    await expect(page.get_by_role("heading", name="請再確認一次是您本人")).to_be_visible()
    await check(page, "prove")
    await use_passkey(page)
    await page.wait_for_url(f"{office.url}/me/passkeys")


async def test_a_passkey_that_is_not_there_is_said_so_and_the_password_stays(
    page: Page, office: Served
) -> None:
    """Nothing is sent; the button can be pressed again."""
    await page.goto(f"{office.url}/login")
    await use_passkey(page)
    await expect(page.get_by_text("沒有完成")).to_be_visible()
    await expect(page.get_by_role("button", name="使用通行密鑰")).to_be_enabled()
    await check(page, "login-cancelled")


async def test_without_scripts_the_page_says_that_passkeys_need_them(
    chromium: Browser, office: Served
) -> None:
    """And the way with a password works."""
    context = await chromium.new_context(locale="zh-TW", viewport=WIDE, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{office.url}/login")
    await expect(page.get_by_text("通行密鑰需要瀏覽器執行程式碼")).to_be_visible()
    await expect(page.get_by_role("button", name="使用通行密鑰")).to_be_hidden()
    await sign_in(page, office.url)
    await page.wait_for_url(f"{office.url}/me")
    await context.close()


async def test_codes_are_set_up_from_a_picture_or_by_typing(page: Page, office: Served) -> None:
    """A wrong one is told; then name, password and code are the whole way in, from one form."""
    await sign_in(page, office.url)
    await page.wait_for_url(f"{office.url}/me")
    await page.goto(f"{office.url}/me/totp")
    picture = page.get_by_role("img", name="驗證器 App 要掃描的圖")
    assert await picture.evaluate("image => image.complete && image.naturalWidth > 0")
    await check(page, "totp")
    typed = (await page.locator(".signing-secret").inner_text()).replace(" ", "")
    secret = _read(typed)
    code = page.get_by_label("輸入 App 現在顯示的 6 位數字")
    await code.fill("000000")
    await page.get_by_role("button", name="完成設定").click()
    await expect(page.get_by_role("alert")).to_contain_text("不對")
    await code.fill(code_of(secret, office.world.clock))
    await page.get_by_role("button", name="完成設定").click()
    await page.wait_for_url(f"{office.url}/me")
    office.world.clock.pass_by(timedelta(minutes=10))
    await page.goto(f"{office.url}/me/totp")
    await check(page, "prove-code")
    await sign_out(page)
    await sign_in(page, office.url, code=code_of(secret, office.world.clock))
    await page.wait_for_url(re.compile(f"{re.escape(office.url)}/(queue)?$"))


async def test_the_way_to_the_agency_and_back_keeps_our_cookies(page: Page, office: Served) -> None:
    """T23: another site starts the way back, so SameSite=Strict cookies come with the second step only."""
    secret, accounts = b"s" * 20, office.world.accounts
    locked = office.world.parts.safe.lock(secret, accounts[NAME])
    await office.world.parts.ways.set_totp(accounts[NAME], locked, office.world.clock())
    await sign_in(page, office.url, code=code_of(secret, office.world.clock))
    await page.goto(f"{office.url}/me/agency")
    await check(page, "agency")
    await page.get_by_role("button", name="連結", exact=True).click()
    await expect(page.get_by_text("已經連結")).to_be_visible()
    await sign_out(page)
    await check(page, "login-agency")
    await page.get_by_role("button", name="前往貴單位的登入頁").click()
    await expect(page.get_by_role("heading", name="再輸入驗證碼")).to_be_visible()
    await check(page, "code")
    office.world.clock.pass_by(timedelta(seconds=30))
    await page.get_by_label("驗證碼（6 位數字）").fill(code_of(secret, office.world.clock))
    await page.get_by_role("button", name="繼續").click()
    await page.wait_for_url(re.compile(f"{re.escape(office.url)}/(queue)?$"))
    await sign_out(page)
    office.provider.claims = {"amr": ["mfa"]}
    await page.get_by_role("button", name="前往貴單位的登入頁").click()
    await page.wait_for_url(re.compile(f"{re.escape(office.url)}/(queue)?$"))
    await expect(page.get_by_text(NAME)).to_be_visible()


def _read(typed: str) -> bytes:
    import base64

    return base64.b32decode(typed)
