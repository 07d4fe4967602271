"""`frontdoor keys`, as two people use it: one at the public side, one at the desk."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pyrage
import pytest
from pyrage import x25519
from sqlalchemy import create_engine, insert, select
from typer.testing import CliRunner

from bot import __main__
from bot.commands import keys, tree
from bot.core.envelope import fingerprint
from bot.desk.identity import load_identities
from bot.desk.opening import Opener
from bot.errors import BotError, ConfigError
from bot.keys import fill_demo, read_recipients, read_sign_key, read_signers
from bot.ports.handoff import Sealed
from bot.sealing import AgeSealer
from bot.settings import Settings, load_settings
from bot.store.schema import consent_record, consent_text, handoff, handoff_case
from bot.wiring.common import prepare
from tests.keys.age_format import lock_quickly
from tests.keys.folders import GITHUB, YUBIKEY, names, new_folder, new_key

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
WORDS = "six words drawn by dice"


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No settings of the developer, a data directory of the test's own, and locking that does not take seconds."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields.values():
        monkeypatch.delenv(str(name.alias), raising=False)
    monkeypatch.setenv("FRONTDOOR_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setattr(keys, "lock_identity", lambda text, words: lock_quickly(text.encode(), words))
    return tmp_path / "var"


@pytest.fixture
def production(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two recipients with keys of their own."""
    monkeypatch.setenv("FRONTDOOR_ENV", "production")
    monkeypatch.setenv("FRONTDOOR_PUBLIC_URL", "https://chat.example.org")
    data_dir.mkdir()
    new_folder(data_dir, "anna", "ben")
    return data_dir


def run(*args: object, words: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(tree.app, ["keys", *map(str, args)], input=words)
    if isinstance(result.exception, BotError):
        assert "\n" not in str(result.exception)
        return 2, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert not re.search("AGE-SECRET-KEY-1[A-Z0-9]", result.output)
    return result.exit_code, result.output


def asked(*args: object) -> str:
    code, told = run(*args)
    assert code == 0
    return told


def phrase_of(told: str) -> str:
    found = re.search(r"the phrase: (\S+)", told)
    assert found
    return found[1]


def make_identity(path: Path) -> str:
    """An identity file of somebody at the desk; returns the public key."""
    identity = x25519.Identity.generate()
    path.write_text(f"{identity}\n")
    path.chmod(0o600)
    return str(identity.to_public())


# ─── create ───────────────────────────────────────────────────────────────────


def test_an_identity_is_made_locked_and_never_printed(tmp_path: Path):
    """The file opens with the passphrase; the screen shows the public half and what to do with it."""
    code, told = run("create", "desk", "anna", "--out", tmp_path / "new", words=f"{WORDS}\n{WORDS}\n")
    assert code == 0
    (made,) = load_identities(tmp_path / "new", WORDS)
    assert f"fingerprint: {made.fingerprint}" in told
    assert f"frontdoor keys add anna {made.key.to_public()}" in told
    assert WORDS not in told
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600
    assert not (tmp_path / "var").exists()


def test_two_different_passphrases_are_asked_again(tmp_path: Path):
    both = f"{WORDS}\nanother one here\n{WORDS}\n{WORDS}\n"
    assert run("create", "recovery", "safe", "--out", tmp_path / "new", words=both)[0] == 0
    assert load_identities(tmp_path / "new", WORDS)


def test_a_recovery_identity_for_paper_is_plain_and_warned_about(tmp_path: Path):
    told = asked("create", "recovery", "safe", "--plain", "--out", tmp_path / "paper")
    assert "WARNING" in told
    assert "delete the file" in told
    assert load_identities(tmp_path / "paper")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("desk", "anna"), "say with --out"),
        (("desk", "anna", "--plain", "--out", "new"), "--plain is for a recovery identity"),
        (("desk", "Anna", "--out", "new"), "the name of a key"),
        (("desk", "anna", "--out", "there"), "is there already"),
        (("signer", "anna"), "say front"),
    ],
)
def test_an_identity_is_refused_with_the_reason(tmp_path: Path, args, says: str):
    (tmp_path / "there").write_text("somebody's")
    code, told = run("create", *args)
    assert (code, says in told) == (2, True)
    assert (tmp_path / "there").read_text() == "somebody's"
    assert not (tmp_path / "new").exists()


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keys, "offer", lambda _path, _content: False)
    assert "meanwhile" in run("create", "recovery", "safe", "--plain", "--out", tmp_path / "new")[1]


def test_a_signing_key_is_made_and_renewed(production: Path):
    told = asked("create", "signer", "front")
    first = read_sign_key(production)
    assert read_signers(production)[0].fingerprint in told
    assert "--renew" in run("create", "signer", "front")[1]
    assert "signers.d/front-" in asked("create", "signer", "front", "--renew")
    assert read_sign_key(production) != first
    assert len(read_signers(production)) == 2


# ─── add, answer, activate ────────────────────────────────────────────────────


def test_two_people_bring_a_new_key_in(production: Path, tmp_path: Path):
    """One adds it, the other shows that it opens; only then is it sealed to."""
    public = make_identity(tmp_path / "mine")
    (tmp_path / "challenge").write_text(asked("add", "carol", public))
    assert len(read_recipients(production)) == 2
    told = asked("answer", "--identity", tmp_path / "mine", tmp_path / "challenge")
    assert fingerprint(public) in told
    assert "as carol" in told
    done = asked("activate", "carol", phrase_of(told))
    assert "active: carol" in done
    assert "3 recipients are active" in done
    assert [one.public_key for one in read_recipients(production)][-1] == public


def test_a_key_may_come_in_a_file(production: Path, tmp_path: Path):
    (tmp_path / "carol.txt").write_text(f"# carol's\n{new_key()}\n")
    assert "pending: carol" in asked("add", "carol", tmp_path / "carol.txt")


@pytest.mark.parametrize(
    "text", ["AGE-SECRET-KEY-1QQ", "age-secret-key-1qq", None], ids=["told", "small", "file"]
)
def test_a_private_key_is_not_taken(production: Path, tmp_path: Path, text: str | None):
    """Whoever mixes them up is told that it has been seen."""
    make_identity(tmp_path / "mine")
    (tmp_path / "small").write_text(text or "")
    given = tmp_path / "mine" if text is None else text if text.isupper() else tmp_path / "small"
    assert "never comes here" in run("add", "carol", given)[1]
    assert names(production / "recipients.d") == ["anna.pub", "ben.pub"]


@pytest.mark.parametrize("key", [YUBIKEY, "age1", f"{'age1'}\n{'age1'}"])
def test_what_is_no_key_is_not_taken(production: Path, key: str):
    """T29."""
    assert "age X25519 public key" in run("add", "carol", key)[1]


def test_a_file_that_is_not_there_is_not_taken(production: Path):
    assert "a file that holds it" in run("add", "carol", GITHUB)[1]


def test_a_wrong_phrase_leaves_it_pending_and_a_new_challenge_helps(production: Path, tmp_path: Path):
    asked("add", "carol", make_identity(tmp_path / "mine"))
    assert "4 tries left" in run("activate", "carol", "wrong")[1]
    (tmp_path / "challenge").write_text(asked("challenge", "carol"))
    phrase = phrase_of(asked("answer", "--identity", tmp_path / "mine", tmp_path / "challenge"))
    assert "active: carol" in asked("activate", "carol", phrase)


def test_a_challenge_can_be_pasted(data_dir: Path):
    """In the demo, with the demo's identity, nothing has to be named."""
    fill_demo(data_dir)
    text = asked("add", "again", make_identity(data_dir / "desk" / "third.identity"))
    code, told = run("answer", words=text)
    assert code == 0
    assert "as again" in told


def test_a_stolen_handoff_is_not_read_out(data_dir: Path, tmp_path: Path):
    """Somebody who sends it as a challenge sees what anything else that is no challenge gives."""
    public = make_identity(tmp_path / "mine")
    stolen = pyrage.encrypt(b"a story", [x25519.Recipient.from_str(public)], armored=True).decode()
    for text in (stolen, "no age file", "", "-----END AGE ENCRYPTED FILE-----"):
        (tmp_path / "challenge").write_text(text)
        code, told = run("answer", "--identity", tmp_path / "mine", tmp_path / "challenge")
        assert (code, told) == (2, "this is no challenge for this identity; nothing of it is shown")


def test_a_strangers_challenge_does_not_act_on_the_terminal(data_dir: Path, tmp_path: Path):
    """T17: it opens and names this key, but is none that we made."""
    public = make_identity(tmp_path / "mine")
    words = f"frontdoor key challenge\ncarol\x1b[2J\n{fingerprint(public)}\naaaaa\n"
    forged = pyrage.encrypt(words.encode(), [x25519.Recipient.from_str(public)], armored=True).decode()
    (tmp_path / "challenge").write_text(forged)
    code, told = run("answer", "--identity", tmp_path / "mine", tmp_path / "challenge")
    assert (code, told) == (2, "this is no challenge for this identity; nothing of it is shown")


def test_the_passphrase_is_asked_for(data_dir: Path, tmp_path: Path):
    asked("create", "recovery", "safe", "--plain", "--out", tmp_path / "plain")
    (one,) = load_identities(tmp_path / "plain")
    (tmp_path / "locked").write_bytes(lock_quickly((tmp_path / "plain").read_bytes(), WORDS))
    (tmp_path / "locked").chmod(0o600)
    (tmp_path / "challenge").write_text(asked("add", "safe", one.key.to_public()))
    args = ("answer", "--identity", tmp_path / "locked", tmp_path / "challenge")
    assert "does not open with this passphrase" in run(*args, words="wrong\n")[1]
    code, told = run(*args, words=f"{WORDS}\n")
    assert code == 0
    assert "passphrase of locked" in told


# ─── rotate, revoke, list, explain ────────────────────────────────────────────


def test_rotating_explains_itself_and_then_does_it(production: Path, tmp_path: Path):
    before = names(production / "recipients.d")
    told = asked("rotate", "anna")
    assert "nothing is changed yet" in told
    assert "frontdoor keys create desk anna" in told
    assert names(production / "recipients.d") == before
    public = make_identity(tmp_path / "new")
    (tmp_path / "challenge").write_text(asked("rotate", "anna", public))
    phrase = phrase_of(asked("answer", "--identity", tmp_path / "new", tmp_path / "challenge"))
    told = asked("activate", "anna", phrase)
    assert "revoked: anna" in told
    assert "Keep its identity" in told
    assert "2 recipients are active" in told


def test_revoking_says_what_happens_then(production: Path):
    """R28: below two no handoff is taken."""
    assert "too few would be left" in run("revoke", "anna")[1]
    told = asked("revoke", "anna", "--even-so")
    assert "revoked: anna" in told
    assert "no handoff is taken" in told
    assert "2 recipients are active" in asked("activate", "carol", _add(production, "carol"))


def _add(production: Path, name: str) -> str:
    identity = x25519.Identity.generate()
    text = asked("add", name, identity.to_public())
    armored = text[text.index("-----BEGIN") :]
    return pyrage.decrypt(armored.strip().encode() + b"\n", [identity]).decode().splitlines()[-1]


def test_one_that_waits_can_be_sent_away(production: Path):
    asked("add", "carol", new_key())
    assert "never sealed to" in asked("revoke", "carol")


@pytest.mark.parametrize("command", ["list", "fingerprints"])
def test_everybody_is_listed_with_state_fingerprint_and_day(production: Path, command: str):
    asked("create", "signer", "front")
    asked("activate", "carol", _add(production, "carol"))
    asked("add", "dan", new_key())
    asked("revoke", "anna")
    told = asked(command)
    today = datetime.now(UTC).date().isoformat()
    assert re.search(rf"^active   carol  .*since {today}$", told, re.MULTILINE)
    assert re.search(r"^active   ben  .*since: not written down$", told, re.MULTILINE)
    assert re.search(rf"^pending  dan  .*since {today}$", told, re.MULTILINE)
    assert re.search(rf"^revoked  anna  .*since {today}$", told, re.MULTILINE)
    assert re.search(rf"^signer   front  .*since {today}$", told, re.MULTILINE)
    for one in read_recipients(production):
        assert one.fingerprint in told
    assert "MEND" not in told


def test_the_list_says_what_is_wrong(production: Path):
    """Too few, or a signing key that the desk would not believe."""
    for name in ("anna", "ben"):
        (production / f"recipients.d/{name}.pub").unlink()
    asked("create", "signer", "front")
    (production / "signers.d/front.pub").unlink()
    told = asked("list")
    assert "recipients.d: nobody yet" in told
    assert "MEND: the public half of the front signing key is not in signers.d" in told
    assert "MEND: 0 active, 2 are needed" in told


def test_the_demo_says_so(data_dir: Path):
    """Its directory is filled by whichever command comes first."""
    told = asked("list")
    assert told.startswith("DEMO")
    assert told.count("  DEMO\n") == 4


def test_production_does_not_work_on_a_demo_directory(data_dir: Path, monkeypatch: pytest.MonkeyPatch):
    fill_demo(data_dir)
    monkeypatch.setenv("FRONTDOOR_ENV", "production")
    monkeypatch.setenv("FRONTDOOR_PUBLIC_URL", "https://chat.example.org")
    assert "refuses demo keys" in run("list")[1]


def test_break_glass_opens_a_handoff_with_nothing_of_ours(data_dir: Path, tmp_path: Path):
    """The printed lines are run here as they stand, with age's library in place of its command."""
    told = asked("explain", "break-glass")
    line = next(line.strip() for line in told.splitlines() if "age -d" in line)
    cut = next(line.strip() for line in told.splitlines() if "tail -c +2" in line)
    public = make_identity(tmp_path / "recovery.txt")
    two = [public, new_key()]
    sealer = AgeSealer(lambda: [_recipient(one) for one in two], bytes(32))
    plain = '{"fields":{"name":"王"}}'.encode()
    (tmp_path / "ID.sealed").write_bytes(sealer.seal(plain, purpose="handoff", name="ID", at=AT).blob)
    (tmp_path / "age").write_text(
        f"#!{sys.executable}\nimport sys, pyrage\nassert sys.argv[1:3] == ['-d', '-i']\n"
        "key = pyrage.x25519.Identity.from_str(open(sys.argv[3]).read().strip())\n"
        "sys.stdout.buffer.write(pyrage.decrypt(open(sys.argv[4], 'rb').read(), [key]))\n"
    )
    (tmp_path / "age").chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-euc", f"{cut}\n{line}"], cwd=tmp_path, check=True, env=path)
    assert (tmp_path / "ID.json").read_bytes() == plain


def _recipient(public: str):
    from bot.keys import Recipient

    return Recipient("x", public, fingerprint(public), demo=False)


# ─── reseal ───────────────────────────────────────────────────────────────────


def store_handoff(data_dir: Path, sealer: AgeSealer, *, forge: bool = False) -> str:
    """Put a handoff into the database as the public side does."""
    name, consent = str(uuid4()), str(uuid4())
    sealed = sealer.seal(b"a story", purpose="handoff", name="another" if forge else name, at=AT)
    agreed = sealer.seal(b"agreed", purpose="consent", name=consent, at=AT)
    columns = lambda one: {"blob": one.blob, "signature": one.signature, "signer": one.signer}  # noqa: E731
    case = {"handoff_id": name, "receipt": name[:32] * 2, "status": "new", "status_at": AT}
    told = {"sha256": "0" * 64, "text": "text"}
    record = {"id": consent, "handoff_id": name, "created_at": AT, "text_sha256": "0" * 64}
    engine = create_engine(f"sqlite:///{data_dir / 'frontdoor.sqlite3'}")
    with engine.begin() as conn:
        conn.execute(insert(handoff).values(id=name, created_at=AT, **columns(sealed)))
        conn.execute(insert(handoff_case).values(**case))
        conn.execute(insert(consent_record).values(**record, **columns(agreed)))
        if not conn.execute(select(consent_text)).all():
            conn.execute(insert(consent_text).values(**told))
    engine.dispose()
    return name


def read_seal(data_dir: Path, name: str) -> Sealed:
    engine = create_engine(f"sqlite:///{data_dir / 'frontdoor.sqlite3'}")
    with engine.begin() as conn:
        row = conn.execute(select(handoff).where(handoff.c.id == name)).one()
    engine.dispose()
    return Sealed(row.blob, row.signature, row.signer)


@pytest.fixture
def filled(data_dir: Path) -> Iterator[Path]:
    """A demo with a database."""
    prepare(load_settings())
    return data_dir


def test_what_is_stored_is_sealed_to_the_recipients_of_now(filled: Path, tmp_path: Path):
    """A new member of the desk can read what came before; the one who left no longer."""
    front = AgeSealer(lambda: read_recipients(filled), read_sign_key(filled))
    name = store_handoff(filled, front)
    public = make_identity(tmp_path / "new")
    (tmp_path / "challenge").write_text(asked("rotate", "recovery", public))
    asked(
        "activate",
        "recovery",
        phrase_of(asked("answer", "--identity", tmp_path / "new", tmp_path / "challenge")),
    )
    told = asked("reseal", "--identity", filled / "desk/desk.identity")
    assert "sealed anew: 2 seals of 1 handoffs" in told
    opener = Opener(load_identities(tmp_path / "new"), read_signers(filled))
    assert opener.open(read_seal(filled, name), purpose="handoff", name=name, at=AT) == b"a story"


def test_a_bad_one_is_named_left_and_counts_as_failure(filled: Path):
    """T11: exit 1, and the good ones are done."""
    front = AgeSealer(lambda: read_recipients(filled), read_sign_key(filled))
    bad, good = store_handoff(filled, front, forge=True), store_handoff(filled, front)
    before = read_seal(filled, bad)
    code, told = run("reseal")
    assert code == 1
    assert f"left as it lies: handoff {bad}: forged" in told
    assert good not in told
    assert read_seal(filled, bad) == before
    assert (
        read_seal(filled, good).signer == {one.name: one.fingerprint for one in read_signers(filled)}["desk"]
    )


def test_without_the_desks_own_signing_key_nothing_is_sealed_anew(
    filled: Path, monkeypatch: pytest.MonkeyPatch
):
    (filled / "desk/sign.key").unlink()
    monkeypatch.setattr("bot.wiring.common.fill_demo", lambda _data_dir: None)
    assert "frontdoor keys create signer desk" in run("reseal")[1]


# ─── As a program ─────────────────────────────────────────────────────────────


def test_it_runs_as_a_program_and_refuses_in_one_line(production: Path, tmp_path: Path):
    """What an operator sees: one line on standard error, exit status 2, no traceback."""
    ran = [
        subprocess.run(
            [sys.executable, "-m", "bot", "keys", *args], capture_output=True, text=True, check=False, cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__main__.__file__).parent.parent)},
        )
        for args in (("list",), ("add", "carol", YUBIKEY))
    ]  # fmt: skip
    assert ran[0].returncode == 0
    assert "active   anna" in ran[0].stdout
    assert ran[1].returncode == 2
    assert (
        ran[1].stderr
        == "frontdoor: carol: give one age X25519 public key (age1…), no plugin, ssh or post-quantum key\n"
    )


def test_the_wall_between_sealing_and_opening_holds():
    """T10: what the public side loads to seal brings nothing along that opens."""
    code = (
        "import sys, bot.sealing, bot.keys, bot.keys.changing, bot.__main__\n"
        "print(sorted(name for name in sys.modules if name.startswith('bot.desk')))"
    )
    root = str(Path(__main__.__file__).parent.parent)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert ran.stdout == "[]\n"


def test_every_refusal_is_a_config_error():
    """So that the command says it in one line."""
    with pytest.raises(ConfigError):
        keys.create_identity("desk", "anna", None, plain=False)
