"""What the ways in need from outside: the office's key, and the settings of an agency."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.keys import OFFICE_KEY, ensure_office_key
from bot.settings import Settings
from bot.wiring.office_parts import open_agency
from tests.office.fakes import FakeClock

WHOLE = {
    "oidc_issuer": "https://login.example.org/tenant",
    "oidc_client_id": "the office",
    "oidc_client_secret": "oidc-canary",
}


def make_settings(**given: str) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[call-arg,arg-type]  # no .env


def test_the_office_key_is_made_once_for_us_alone(tmp_path: Path) -> None:
    """32 random bytes that others cannot read, and the same at the next start."""
    first = ensure_office_key(tmp_path)
    assert len(first) == 32
    assert ensure_office_key(tmp_path) == first
    assert stat.S_IMODE((tmp_path / OFFICE_KEY).stat().st_mode) == 0o600
    assert ensure_office_key(tmp_path / "another") != first


@pytest.mark.parametrize(("size", "mode"), [(31, 0o600), (33, 0o600), (0, 0o600), (32, 0o640)])
def test_an_office_key_that_is_not_right_stops_the_start(tmp_path: Path, size: int, mode: int) -> None:
    """It is never replaced: codes that are locked with it would be lost."""
    path = tmp_path / OFFICE_KEY
    path.parent.mkdir()
    path.write_bytes(b"k" * size)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=r"office\.key"):
        ensure_office_key(tmp_path)
    assert path.read_bytes() == b"k" * size


def test_an_agency_is_off_unless_it_is_set_up() -> None:
    """And then it sends browsers back to one address of ours."""
    assert open_agency(make_settings(), FakeClock()) is None
    agency = open_agency(make_settings(**WHOLE, office_url="https://desk.example.org"), FakeClock())
    assert agency
    assert agency.issuer == WHOLE["oidc_issuer"]
    assert agency._client.redirect == "https://desk.example.org/login/agency/back"
    assert "oidc-canary" not in repr(agency._client)


@pytest.mark.parametrize("missing", list(WHOLE))
def test_half_an_agency_stops_the_start(missing: str) -> None:
    """All three, or none."""
    with pytest.raises(ValueError, match="or none"):
        make_settings(**{name: value for name, value in WHOLE.items() if name != missing})


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.example.org",
        "login.example.org",
        "https://",
        "https://login.example.org?x=1",
        "https://login.example.org#x",
        "https://user@login.example.org",
        "ftp://login.example.org",
    ],
)
def test_an_issuer_that_is_not_safe_stops_the_start(issuer: str) -> None:
    """Its secret would be sent in clear, or to somebody else."""
    with pytest.raises(ValueError, match="must be an https address"):
        make_settings(**WHOLE | {"oidc_issuer": issuer})


def test_an_issuer_on_this_machine_may_be_plain() -> None:
    """For trying it out."""
    assert make_settings(**WHOLE | {"oidc_issuer": "http://127.0.0.1:9000"}).oidc_issuer


def test_the_secret_does_not_show() -> None:
    """When settings are printed."""
    assert "oidc-canary" not in repr(make_settings(**WHOLE))
