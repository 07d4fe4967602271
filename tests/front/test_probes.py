"""Whether the process lives and whether it can work."""

from __future__ import annotations

import pytest

from tests.front.fakes import list_records, make_app


async def test_the_process_says_that_it_lives(client):
    """Without asking anything else."""
    response = await client.get("/healthz")
    assert (response.status_code, response.text) == (200, "ok")


async def say_no() -> bool:
    return False


async def break_down() -> bool:
    raise RuntimeError("canary: postgresql://user:password@host")


@pytest.mark.parametrize("is_ready", [say_no, break_down])
async def test_it_says_when_it_cannot_work(conversation, connect, is_ready, caplog):
    """503 without details, to the caller and to the log."""
    async with connect(make_app(conversation, is_ready=is_ready)) as client:
        response = await client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"ready": False})
    assert "canary" not in list_records(caplog)


async def test_it_says_when_it_can_work(client):
    """200."""
    response = await client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"ready": True})


async def test_an_unknown_page_is_kind(client):
    """404 with the way back and the human route, in the browser's language."""
    response = await client.get("/nothing-here", headers={"accept-language": "en"})
    assert response.status_code == 404
    assert 'lang="en"' in response.text
    assert 'href="/chat"' in response.text
    assert 'href="tel:113"' in response.text
