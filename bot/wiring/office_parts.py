"""What the back office is built from: the database, the desk's keys and services, the vaults of the staff."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.desk.audit_chain import is_our_line
from bot.desk.clock_mark import MARK, ClockMark
from bot.desk.exporting import Exporting, Means
from bot.desk.identity import load_identities
from bot.desk.key_changes import KeyChanges
from bot.desk.late_lines import LateLines
from bot.desk.log_watch import LogWatch
from bot.desk.reseal_job import ResealJob
from bot.desk.sealing_tests import SealingTests
from bot.desk.vaults import StaffVaults
from bot.keys import (
    ensure_office_key,
    mark_recipients,
    read_recipients,
    read_sign_key,
    read_signers,
)
from bot.keys.places import VAULTS
from bot.keys.vault_files import VaultFiles
from bot.office.visit import Parts
from bot.office.ways.agency import AGENCY_BACK
from bot.office.ways.oidc import Client, OidcAgency
from bot.office.ways.safe import Safe
from bot.pack import Pack, load_pack
from bot.ports import Audit, Clock
from bot.sealing import AgeSealer
from bot.settings import Settings
from bot.store.office import OfficeStore
from bot.wiring.auditing import open_audit_check, open_audit_log, read_audit_signers
from bot.wiring.cases import open_cases, read_told
from bot.wiring.common import new_id, new_token, takes_handoffs, utc_now
from bot.wiring.desk import open_ledger
from bot.wiring.keyring import FileKeyRing
from bot.wiring.looking import Looker
from bot.workdays import is_workday


@asynccontextmanager
async def open_parts(settings: Settings, *, clock: Clock = utc_now) -> AsyncIterator[Parts]:
    """Open what the back office is built from: the database, the desk's keys, the vaults of the staff."""
    pack, folder = load_pack(), settings.data_dir
    ledger = open_ledger(settings)
    store = OfficeStore(settings.database, clock, write_down=ledger.append)
    sign_key = read_sign_key(folder, "desk")
    audit, check = open_audit_log(folder, store.audit, clock), open_audit_check(folder, store.audit)
    sealer = AgeSealer(lambda: read_recipients(folder), sign_key, mark=lambda: mark_recipients(folder))
    ring = FileKeyRing(folder, clock)
    vaults = _open_vaults(settings, ring, audit=audit, clock=clock)
    resealing = ResealJob(
        store.handoffs,
        sealer,
        audit=audit,
        clock=clock,
        is_open=lambda account_id, seat: vaults.state(account_id, seat) == "open",
    )
    exporting = _open_exporting(settings, pack, store, audit=audit, vaults=vaults, clock=clock)
    try:
        yield Parts(
            staff=store.staff,
            ways=store.ways,
            handoffs=store.handoffs,
            casework=store.casework,
            cases=open_cases(store, pack, vaults=vaults, audit=audit, sealer=sealer, clock=clock),
            told=read_told(pack),
            exports=store.exports,
            exporting=exporting,
            tally=store.tally,
            statistics=pack.statistics,
            audit=audit,
            late=LateLines(audit, clock),
            log=store.audit,
            log_check=check,
            log_watch=LogWatch(check),
            vaults=vaults,
            keys=KeyChanges(ring, audit, staff=store.staff, clock=clock),
            resealing=resealing,
            sealing_tests=_open_sealing_tests(settings, pack, store, ring=ring, clock=clock),
            safe=Safe(ensure_office_key(folder)),
            agency=open_agency(settings, clock),
            form=pack.form,
            referrer=pack.referrer,
            sealer=sealer,
            look=Looker(settings, pack, store),
            clock=clock,
            new_token=new_token,
            new_id=new_id,
            data_dir=folder,
            is_workday=is_workday,
            demo=settings.is_demo,
        )
    finally:
        await exporting.close()
        await resealing.stop()
        await store.close()


def _open_vaults(settings: Settings, ring: FileKeyRing, *, audit: Audit, clock: Clock) -> StaffVaults:
    folder = settings.data_dir
    return StaffVaults(
        VaultFiles(folder / VAULTS),
        read_signers(folder),
        audit=audit,
        clock=clock,
        ring=ring.glance,
        free=load_identities(folder) if settings.is_demo else (),
    )


def _open_sealing_tests(
    settings: Settings, pack: Pack, store: OfficeStore, *, ring: FileKeyRing, clock: Clock
) -> SealingTests:
    return SealingTests(
        store.sealing_tests,
        clock,
        look_at_keys=ring.look,
        read_signers=lambda: read_signers(settings.data_dir),
        takes_handoffs=takes_handoffs(settings, pack),
        mark=ClockMark(settings.data_dir / MARK),
    )


def _open_exporting(
    settings: Settings, pack: Pack, store: OfficeStore, *, audit: Audit, vaults: StaffVaults, clock: Clock
) -> Exporting:
    return Exporting(
        Means(
            handoffs=store.handoffs,
            exports=store.exports,
            staff=store.staff,
            ways=store.ways,
            audit=audit,
            log=store.audit,
            vaults=vaults,
            form=pack.form,
            referrer=pack.referrer,
            clock=clock,
            new_id=new_id,
            demo=settings.is_demo,
            is_ours=lambda line: is_our_line(line, read_audit_signers(settings.data_dir)),
        )
    )


def open_agency(settings: Settings, clock: Clock) -> OidcAgency | None:
    """Return the agency's own sign-in, where it is set up."""
    if not settings.oidc_issuer:
        return None
    client = Client(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        secret=settings.oidc_client_secret.get_secret_value(),
        redirect=f"{settings.office_origin}{AGENCY_BACK}",
    )
    return OidcAgency(client, clock)
