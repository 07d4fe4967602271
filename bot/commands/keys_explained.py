"""What `frontdoor keys explain` prints: made for paper, because it is read when nothing else is left."""

from __future__ import annotations

from typing import Final

_BREAK_GLASS = """\
BREAK-GLASS: reading handoffs with the recovery key and public tools alone

When: nobody at the desk can open handoffs any more, and people wait for a call.
Who:  two people together. Write down who, when, why, and which handoffs. Tell whoever answers for data protection.
What: a laptop without any network; the public tool `age` (https://age-encryption.org); a copy of the database on a
      stick; the recovery identity.

1. Take the sealed bytes out of the database. Nothing is readable yet.
   SQLite, into the folder where you are:
     sqlite3 frontdoor.sqlite3 "select writefile(id || '.sealed', blob) from handoff"
   PostgreSQL, for each id:
     psql -At -c "select encode(blob, 'hex') from handoff where id = 'ID'" | xxd -r -p > ID.sealed
2. Carry the files to the laptop. From here on no network.
3. From paper: type the recovery identity into recovery.txt, one line AGE-SECRET-KEY-1…; then
     chmod 600 recovery.txt
   From a file that is locked with a passphrase: use that file instead; age asks for the passphrase.
4. For each file:
     tail -c +2 ID.sealed > ID.age
     age -d -i recovery.txt ID.age | tail -c +5 | tr -d '\\000' > ID.json
   The first byte is the version of the envelope; the first four bytes inside are a length, the zeros at the end are
   padding.
5. ID.json is the form, field by field. safe_name, contact_time, if_other and may_say say how to call safely.
   Read them before you call.
6. age does not say who sealed a file. If that is in doubt, compare `handoff_id` inside with the name of the file, and
   ask at the safe number before you act on what stands there.
7. Afterwards: destroy the files and the stick, make a new recovery key (`frontdoor keys create recovery`), add it,
   activate it, revoke the one that was used, and seal everything anew (`frontdoor keys reseal`).

Keep this page with the recovery key, in two places. Try it once a year with a handoff of your own.
"""

EXPLAINED: Final = {"break-glass": _BREAK_GLASS}
