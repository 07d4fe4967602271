"""
Days in Vietnamese, Indonesian, Thai, Filipino and a little English, told again as `deadline` reads them.

Words only: which day it is, and whether it can be believed, is decided there. What names no single day
(tuần trước, minggu lalu, สัปดาห์ที่แล้ว, noong isang linggo) has no words here on purpose, as 上週 has none there.
Latin letters are compared without their marks, because phones write Vietnamese without them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.core.text import fold

_MARKS = re.compile("[\u0300-\u036f]")
THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_AROUND_THAI = re.compile(r" (?=[\u0e00-\u0e7f])|(?<=[\u0e00-\u0e7f]) ")
#: Hôm kìa is a day before hôm kia; without its mark it is hardly ever meant.
_THREE_DAYS_AGO = ("kìa", "kiia")
#: A short Thai year above it is Buddhist (69 is 2569), below it western (26 is 2026).
_LAST_SHORT_WESTERN = 49


@dataclass(frozen=True, slots=True)
class Speech:
    """
    The days of one language. All words folded, Latin ones without marks.

    `shapes` are patterns with these names in braces: n a number, d a day of the month, m a month, bare one
    without a word for it, y a year, w a weekday. Their groups `weeks`, `last_week`, `this_week`, `last_month`, `this_month` say what was counted in.
    `before` and `after` are what people put around a day.
    """

    names: Mapping[str, int]
    numbers: Mapping[str, int]
    months: Mapping[str, int]
    weekdays: Mapping[str, str]
    shapes: tuple[str, ...]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Reader:
    speech: Speech
    shapes: tuple[re.Pattern[str], ...]
    before: re.Pattern[str]
    after: re.Pattern[str]


def tell_in_chinese(text: str) -> str:
    """Return the day as 3天前, 10月5日, 2026年10月5日, 上個月5日 or 上週1; empty: it is in none of these languages."""
    plain = _simplify(text)
    for reader in _READERS:
        for bare in _list_bare(plain, reader):
            for shape in reader.shapes:
                if match := shape.fullmatch(bare):
                    return _tell(match, reader.speech)
    return ""


def _list_bare(plain: str, reader: _Reader) -> Iterator[str]:
    """Yield the text as it is, then without what stands around it: tối qua is a day, tôi is who knows it."""
    yield plain
    begun = reader.before.match(plain)
    for start in dict.fromkeys((0, begun.end() if begun else 0)):
        ended = reader.after.search(plain, start)
        yield plain[start : ended.start() if ended else None]


def _simplify(text: str) -> str:
    """Return the folded text without marks on Latin letters, and Thai without spaces."""
    folded = fold(text).replace(*_THREE_DAYS_AGO).replace("đ", "d").translate(THAI_DIGITS)
    return _AROUND_THAI.sub("", _MARKS.sub("", unicodedata.normalize("NFD", folded)))


def _tell(match: re.Match[str], speech: Speech) -> str:
    told = {key: value for key, value in match.groupdict().items() if value is not None}
    if "name" in told:
        return f"{speech.names[told['name']]}天前"
    if "n" in told:
        return f"{_count(told['n'], speech.numbers)}{'週' if 'weeks' in told else '天'}前"
    if "w" in told:
        week = "上" if "last_week" in told else "這" if "this_week" in told else ""
        return f"{week}週{speech.weekdays[told['w']]}"
    if "m" in told:
        return f"{_write_year(told.get('y', ''))}{_count(told['m'], speech.months)}月{told['d']}日"
    if "bare" in told:
        return _write_bare(told)
    month = "上個月" if "last_month" in told else "這個月" if "this_month" in told else ""
    return f"{month}{told['d']}日"


def _count(word: str, numbers: Mapping[str, int]) -> int:
    return int(word) if word.isdecimal() else numbers[word]


def _write_year(year: str) -> str:
    if len(year) != len("69"):
        return f"{year}年" if year else ""
    return f"{'20' if int(year) <= _LAST_SHORT_WESTERN else '25'}{year}年"


def _write_bare(told: Mapping[str, str]) -> str:
    """Write two numbers after a word for the day: it stands first, unless only the other order can be one."""
    day, month = int(told["d"]), int(told["bare"])
    if month > len("JFMAMJJASOND") >= day:
        day, month = month, day
    return f"{_write_year(told.get('y', ''))}{month}月{day}日"


def _number(text: str) -> dict[str, int]:
    """Number the words of a text from one; words for the same thing stand beside each other with a bar."""
    told = enumerate(_decompose(text).split(), 1)
    return {word.replace("_", " "): i for i, words in told for word in words.split("|")}


def _weekday(text: str) -> dict[str, str]:
    return {word: "123456日"[i - 1] for word, i in _number(text).items()}


def _name(*days: str) -> dict[str, int]:
    """Name today, yesterday and so on, back; names of the same day have a bar between."""
    return {word: ago for ago, words in enumerate(days) for word in _decompose(words).split("|")}


def _decompose(text: str) -> str:
    """Write Thai as `fold` leaves it: SARA AM in its two parts."""
    return unicodedata.normalize("NFKD", text)


_ENGLISH_MONTHS = _number(
    "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sept|sep october|oct november|nov december|dec"
)
_VIETNAMESE = Speech(
    names=_name(
        "hom nay|bua nay|ngay hom nay|sang nay|trua nay|chieu nay|toi nay|dem nay|bay gio|vua xong|vua moi|moi vua",
        "hom qua|bua qua|ngay hom qua|toi qua|dem qua|chieu qua|toi hom qua|dem hom qua|sang hom qua|chieu hom qua|trua hom qua",
        "hom kia|bua kia|ngay hom kia|toi hom kia|dem hom kia",
        "hom kiia|bua kiia",
    ),
    numbers=_number("mot hai ba bon nam sau bay tam chin muoi"),
    months=_number("mot hai ba tu|bon nam sau bay tam chin muoi muoi_mot muoi_hai"),
    weekdays=_weekday(
        "thu_hai|thu_2 thu_ba|thu_3 thu_tu|thu_4 thu_nam|thu_5 thu_sau|thu_6 thu_bay|thu_7 chu_nhat|cn"
    ),
    shapes=(
        "{n} (?:ngay|hom|bua|(?P<weeks>tuan)) truoc",
        "(?:cach|truoc) (?:day|nay) {n} (?:ngay|hom|bua|(?P<weeks>tuan))",
        "(?:ngay |hom |mung |mong |bua )*{d} (?:thang|thg) {m}(?: (?:nam )?{y})?",
        "(?:ngay )?{d} t(?P<m>[0-9]{{1,2}})(?: {y})?",
        "(?:nam {y} )?thang {m} (?:ngay |mung |mong )*{d}",
        "(?:ngay |hom |mung |mong )+{d} {bare}(?: {y})?",
        "(?:ngay |hom |mung |mong )+{d}(?: thang (?:(?P<last_month>truoc|roi)|(?P<this_month>nay)))?",
        "(?:hom )?{w}(?: tuan (?:(?P<last_week>truoc|roi)|(?P<this_week>nay)))?",
    ),
    before="em |minh |toi |tui |chi |con |chau |(?:moi |vua )?(?:biet|phat hien)(?: ra| duoc| tin)? |tu |vao |khoang |hinh nhu "
    "|chac |co le |la |luc |hoi |da |dung |(?:buoi )?(?:sang|trua|chieu|dem) (?=ngay|mung|mong|[0-9])",
    after=" a| roi| nhe| nha| luon| thoi| do| (?:em|minh|toi|tui)? ?(?:moi )?(?:biet|phat hien)(?: ra)?"
    "| (?:luc|hoi) [0-9]{1,2}(?: ?(?:gio|h))?(?: ?[0-9]{1,2}(?: phut)?)?|(?: buoi)? (?:sang|trua|chieu|toi|dem|khuya)",
)

_INDONESIAN = Speech(
    names=_name(
        "hari ini|hr ini|sekarang|skrg|skrng|barusan|baru saja|baru aja|tadi|tadi pagi|tadi siang|tadi sore",
        "kemarin|kemaren|kmrn|kmarin|semalam|tadi malam|tadi malem",
        "kemarin lusa|kemaren lusa|kemarin dulu",
    ),
    numbers=_number("satu|se dua tiga empat lima enam tujuh delapan sembilan sepuluh"),
    months=_ENGLISH_MONTHS
    | _number(
        "januari|jan februari|pebruari|feb|peb maret|mar april|apr mei juni|jun juli|jul agustus|agu|ags|agt|agst "
        "september|sept|sep oktober|okt|oct november|nopember|nov|nop desember|des"
    ),
    weekdays=_weekday("senin selasa rabu kamis jumat|jum_at|jumaat sabtu hari_minggu|ahad"),
    shapes=(
        "{n} (?:hari|hr|(?P<weeks>minggu|mgg|pekan))(?: yang| yg)? (?:lalu|silam)",
        "(?P<n>se)(?:hari|(?P<weeks>minggu|pekan))(?: yang| yg)? (?:lalu|silam)",
        "(?:tgl |tanggal )?{d} {month}(?: (?:tahun )?{y})?",
        "{month} (?:tgl |tanggal )?{d}(?: {y})?",
        "(?:tgl |tanggal )?{d} (?:bulan|bln) {m}(?: (?:tahun )?{y})?",
        "(?:tgl |tanggal ){d} {bare}(?: {y})?",
        "(?:tgl |tanggal ){d}(?: (?:bulan|bln) (?:(?P<last_month>lalu|kemarin)|(?P<this_month>ini)))?",
        "(?:hari )?{w}(?: minggu (?:(?P<last_week>lalu|kemarin)|(?P<this_week>ini)))?",
    ),
    before="saya |aku |gue |gw |gua |baru |(?:tahu|tau|sadar|ketahuan)(?:nya)? |sejak |dari |pada |sekitar |kira kira |kayaknya "
    "|sepertinya |mungkin |kurang lebih |kalau tidak salah |kalo ga salah |itu ",
    after=" kak| min| ya| sih| deh| (?:saya |aku )?(?:baru )?(?:tahu|tau)(?:nya)?| jam [0-9]{1,2}(?: [0-9]{2})?"
    "| (?:pagi|siang|sore|malam|malem)",
)

_THAI = Speech(
    names=_name(
        "วันนี้|ตอนนี้|เดี๋ยวนี้|เมื่อกี้|เมื่อกี้นี้|เมื่อเช้า|เมื่อเช้านี้|เช้านี้",
        "เมื่อวาน|เมื่อวานนี้|วานนี้|เมื่อคืน|เมื่อคืนนี้|เมื่อคืนวาน",
        "เมื่อวานซืน|เมื่อวานซืนนี้|วานซืน|วานซืนนี้",
    ),
    numbers=_number("หนึ่ง สอง สาม สี่ ห้า หก เจ็ด แปด เก้า สิบ"),
    months=_number(
        "มกราคม|มกรา|มค กุมภาพันธ์|กุมภา|กพ มีนาคม|มีนา|มีค เมษายน|เมษา|เมย พฤษภาคม|พฤษภา|พค มิถุนายน|มิถุนา|มิย กรกฎาคม|กรกฎา|กรกฏาคม|กค "
        "สิงหาคม|สิงหา|สค กันยายน|กันยา|กย ตุลาคม|ตุลา|ตค พฤศจิกายน|พฤศจิกา|พย ธันวาคม|ธันวา|ธค"
    ),
    weekdays=_weekday("จันทร์ อังคาร พุธ พฤหัส|พฤหัสบดี|พฤหัสฯ ศุกร์ เสาร์ อาทิตย์"),
    shapes=(
        "(?:เมื่อ)?{n} ?(?:วัน|(?P<weeks>สัปดาห์|อาทิตย์))(?:ก่อน|ที่แล้ว|ที่ผ่านมา|มาแล้ว)",
        "(?:เมื่อ)?(?:วัน(?:จันทร์|อังคาร|พุธ|พฤหัส(?:บดี)?|ศุกร์|เสาร์|อาทิตย์)ที่|วันที่)?{d}{month}(?:(?:ปี|พศ|คศ)*{y})?",
        "(?:เมื่อ)?(?:วันที่)?{d}เดือน{m}(?:(?:ปี|พศ|คศ)*{y})?",
        "(?:เมื่อ)?วันที่{d} {bare}(?: (?:พศ|คศ)*{y})?",
        "(?:เมื่อ)?วันที่{d}(?:เดือน(?:(?P<last_month>ที่แล้ว|ก่อน)|(?P<this_month>นี้)))?",
        "(?:เมื่อ)?วัน{w}(?:(?:สัปดาห์|อาทิตย์)(?:(?P<last_week>ที่แล้ว|ก่อน)|(?P<this_week>นี้)))?",
    ),
    before="ประมาณ|ราวๆ|ราว|น่าจะ|คิดว่า|(?:เพิ่ง|พึ่ง)?(?:รู้|ทราบ)(?:เรื่อง|ว่า)?|ตั้งแต่|ตอน|คือ|หนู|ผม|ฉัน|ดิฉัน|เรา",
    after="ค่ะ|คะ|ครับ|คับ|จ้า|นะ|เอง|(?:เพิ่ง|พึ่ง)รู้|ตอน(?:เช้า|สาย|เที่ยง|บ่าย|เย็น|ค่ำ|ดึก|กลางคืน)",
)

_FILIPINO = Speech(
    names=_name(
        "ngayon|ngayong araw|ngayong umaga|ngayong hapon|ngayong gabi|kanina|kaninang umaga|kaninang tanghali|kaninang hapon",
        "kahapon|kagabi",
        "kamakalawa",
    ),
    numbers=_number(
        "isa|isang dalawa|dalawang tatlo|tatlong apat|apat_na lima|limang anim|anim_na pito|pitong walo|walong siyam|siyam_na sampu|sampung"
    ),
    months=_ENGLISH_MONTHS
    | _number(
        "enero|ene pebrero|peb marso|mar abril|abr mayo hunyo|hun hulyo|hul agosto|ago setyembre|set|septyembre oktubre|okt nobyembre|nob disyembre|dis"
    ),
    weekdays=_weekday("lunes martes miyerkules|miyerkoles huwebes biyernes sabado araw_ng_linggo"),
    shapes=(
        "{n}(?: na)? (?:araw|days?|(?P<weeks>linggo|weeks?))(?: na| nang)?(?: ang)? (?:nakalipas|nakararaan|nakakaraan|nakaraan|lumipas)",
        "{month} (?:a |ika ?)?{d}(?: (?:ng |taong )?{y})?",
        "(?:ika ?|a )?{d} (?:ng )?{month}(?: (?:ng |taong )?{y})?",
        "(?:ika ?|a |petsa ){d}(?: (?:ng|nung|noong) (?:(?P<this_month>buwang ito|buwan na ito)|(?P<last_month>nakaraang buwan)))?",
        "(?:araw ng )?{w}(?: (?:ng|nung|noong)? ?(?:(?P<last_week>nakaraang linggo)|(?P<this_week>linggong ito)))?",
    ),
    before="noong |nung |nong |nitong |mga |siguro |yata |bandang |simula |mula |nalaman (?:ko )?|ko |ay ",
    after=" po| lang| yata| siguro| (?:ko )?(?:lang )?nalaman| (?:ng|nang) (?:umaga|tanghali|hapon|gabi|madaling araw)",
)

_ENGLISH = Speech(
    names={},
    numbers={},
    months=_ENGLISH_MONTHS,
    weekdays=_weekday("monday|mon tuesday|tue wednesday|wed thursday|thu friday|fri saturday|sat sunday|sun"),
    shapes=(
        "the {d}(?:st|nd|rd|th)(?: of (?:(?P<this_month>this month)|(?P<last_month>last month)))?",
        "the {d}(?:st|nd|rd|th) of {month}(?: {y})?",
        "{w} (?:of )?(?:(?P<last_week>last week)|(?P<this_week>this week))",
    ),
    before="i think |it was |since |around |about |on ",
    after=" (?:in the )?(?:morning|afternoon|evening)",
)


def _choose(words: Mapping[str, object]) -> str:
    """Any of these words, as a pattern; the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)) or "(?!)"


def _prepare(speech: Speech) -> _Reader:
    """Compile a language."""
    parts = {
        "n": rf"(?P<n>[0-9]{{1,3}}|{_choose(speech.numbers)})",
        "d": r"(?P<d>[0-9]{1,2})",
        "m": rf"(?P<m>[0-9]{{1,2}}|{_choose(speech.months)})",
        "month": rf"(?P<m>{_choose(speech.months)})",
        "bare": r"(?P<bare>[0-9]{1,2})",
        "y": r"(?P<y>[0-9]{2,4})",
        "w": rf"(?P<w>{_choose(speech.weekdays)})",
    }
    shapes = (rf"(?P<name>{_choose(speech.names)})", *(one.format(**parts) for one in speech.shapes))
    return _Reader(
        speech,
        tuple(re.compile(_decompose(shape)) for shape in shapes),
        re.compile(_decompose(f"(?:{speech.before})+")),
        re.compile(_decompose(f"(?:{speech.after})+$")),
    )


_READERS = tuple(map(_prepare, (_VIETNAMESE, _INDONESIAN, _THAI, _FILIPINO, _ENGLISH)))
