"""
Nothing of the sources is lost: docs/coverage-of-sources.md places each of their rules or says why it is left out.

The two papers are no part of the project. Where they lie beside the checkout the page is held against
them; everywhere it is held against the ids below, and against the data that it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from bot.core import check
from bot.core.guards import find_guard
from bot.pack import Pack, load_pack

TOP = Path(__file__).resolve().parent.parent
PAGE = TOP / "docs" / "coverage-of-sources.md"
PAPERS = {"F": "FACTS_NOW.md", "D": "SOURCES_DIGEST.md"}
#: Where the papers lie while the service is being built.
DOMAIN = TOP.parent / "shared" / "domain"
FOUND = [letter for letter, name in PAPERS.items() if (DOMAIN / name).is_file()]
LEFT_OUT = "**left out:**"

_ROW = re.compile(r"^\| `([FD]\d+(?:\.\d+)?) ([^`]+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_PLACE = re.compile(r"`(\w+):([^`]+)`")
_MENTION = re.compile(r"\{(\w+)\.(\w+)\}")
_ITEM = re.compile(r"(?:-|\d+\.) ")
_PAPER_ALONE = re.compile(r"^\| `fact:(\w+)` \|", re.MULTILINE)
_OF_A_PAPER = re.compile(r"112\.7\.|114\.7\.8|約 2023|簡報")
_OF_A_LAW = re.compile(r"全國法規資料庫|條例 7|刑事訴訟法")
#: Kinds of which naming is not enough: some state must say them.
_SPOKEN = {"fact", "law", "platform", "list", "contact", "item"}
_ENTRIES = {"contacts": "contact", "facts": "fact", "laws": "law", "platforms": "platform", "lists": "list"}


@dataclass(frozen=True, slots=True)
class Row:
    """One rule of a source: section, first words, what it says, where it is."""

    section: str
    key: str
    says: str
    where: str

    @property
    def id(self) -> str:
        """Return how it is called: `F3.1 319-1Ⅰ`."""
        return f"{self.section} {self.key}"


@dataclass(frozen=True, slots=True)
class Unit:
    """One row, bullet or paragraph of a paper."""

    section: str
    text: str
    is_prose: bool

    def begins_with(self, key: str) -> bool:
        """Whether its first words are these, and not merely the first half of a longer name."""
        rest = self.text.removeprefix(key)
        is_half = key[-1:].isalnum() and key[-1:].isascii() and rest[:1].isalnum()
        return self.text.startswith(key) and not is_half


def read_rows(page: str) -> list[Row]:
    """Return every rule of the page in its order."""
    return [Row(*found.groups()) for found in _ROW.finditer(page)]


def _plain(text: str) -> str:
    without_marks = re.sub(r"[*`]", "", text).strip()
    return re.sub(r"^(?:- (?:\[ \] )?|\d+\. )", "", without_marks)


def read_units(letter: str, paper: str) -> list[Unit]:
    """Cut a paper into rows, list items and paragraphs; drawings and headings are none."""
    section, units, is_drawing, table_line, is_open = "0", [], False, 0, False
    for line in map(str.strip, paper.splitlines()):
        is_drawing ^= line.startswith("```")
        heading = re.match(r"#+ (?:(\d+(?:\.\d+)?)\.? )?", line)
        section = (heading and heading[1]) or section
        table_line = table_line + 1 if line.startswith("|") else 0
        is_text = not (is_drawing or heading or line.startswith("```") or line == "---")
        if not (line and is_text) or re.fullmatch(r"\*\*[^*]+\*\*", line):
            is_open = False
        elif table_line:
            cells = " · ".join(cell.strip() for cell in line.strip("|").split("|"))
            units += [Unit(letter + section, _plain(cells), is_prose=False)] if table_line > 2 else []
            is_open = False
        elif _ITEM.match(line) or not is_open:
            units.append(Unit(letter + section, _plain(line), is_prose=not _ITEM.match(line)))
            is_open = True
        else:
            last = units.pop()
            units.append(Unit(last.section, f"{last.text} {_plain(line)}", last.is_prose))
    return units


def find_gaps(rows: list[Row], units: list[Unit]) -> list[str]:
    """Return the units that no row stands for, and the rows that stand for no unit or for several."""
    faults, taken = [], set()
    for row in rows:
        near = [unit for unit in units if unit.section == row.section]
        exact = [unit for unit in near if unit.begins_with(row.key)]
        meant = exact or [unit for unit in near if row.key in unit.text]
        if len(meant) != 1:
            faults.append(f"{row.id} stands for {len(meant)} rules")
        taken |= {unit for unit in meant if exact or unit.is_prose}
    return faults + [
        f"{unit.section} has no row for: {unit.text[:60]}" for unit in units if unit not in taken
    ]


@cache
def load_cast() -> Pack:
    return load_pack()


@cache
def list_said() -> frozenset[tuple[str, str]]:
    """Return what the states mention, by kind: a contact by name, number or address; a list with its items."""
    pack = load_cast()
    said = {
        ("contact" if kind in {"number", "url"} else kind, name)
        for state in pack.flow.states.values()
        for line in state.say
        for kind, name in _MENTION.findall(line.text)
    }
    lists = [one for one in pack.knowledge.lists.values() if ("list", one.id) in said]
    return frozenset(said | {("item", str(item.id)) for one in lists for item in one.items})


def _is_there(kind: str, name: str) -> bool:
    pack = load_cast()
    known = pack.knowledge
    places: dict[str, bool] = {
        "state": name in pack.flow.states,
        "fact": name in known.facts,
        "law": name in known.laws,
        "platform": name in known.platforms,
        "list": name in known.lists,
        "contact": name in known.contacts,
        "item": any(name == item.id for one in known.lists.values() for item in one.items),
        "guard": find_guard(name) is not None,
        "rule": callable(getattr(check, name, None)),
        "way": any(name == way.id for way in pack.flow.ways_out),
        "note": name in pack.flow.notes,
        "field": name in pack.form.fields,
        "notice": name in pack.form.notices.notices,
        "use": name in {use.id for use in pack.form.notices.uses},
        "word": name in pack.words,
        "words": (TOP / "flows" / "words" / f"{name}.toml").is_file(),
        "doc": (TOP / "docs" / name).is_file(),
        "test": (TOP / name).is_file(),
    }
    return places.get(kind, False)


def find_faults(row: Row) -> Iterator[str]:
    """Yield what is wrong with one row."""
    placed, mark, reason = row.where.partition(LEFT_OUT)
    if not (_PLACE.search(placed) or mark):
        yield f"{row.id} has neither a place nor a reason"
    if mark and len(reason.split()) < 2:
        yield f"{row.id} is left out without a reason"
    for kind, name in _PLACE.findall(row.where):
        if not _is_there(kind, name):
            yield f"{row.id}: there is no {kind}:{name}"
    for kind, name in _PLACE.findall(placed):
        if kind in _SPOKEN and (kind, name) not in list_said():
            yield f"{row.id}: {kind}:{name} is said nowhere"
    for kind, name in _PLACE.findall(reason):
        if kind in _SPOKEN and (kind, name) in list_said():
            yield f"{row.id}: {kind}:{name} is said although it is left out"


def read_ids(block: str) -> list[str]:
    """Return the ids of a block whose lines are a section and first words, parted by bars."""
    lines = [line.split(" | ") for line in block.strip().splitlines()]
    return [f"{section} {key}" for section, *keys in lines for key in keys]


#: The ids of the page as it was when it was last held against both papers.
IDS = """
F0 | State of knowledge | OFF | ORG | PRESS | 3RD | SEED | MEM | id, name_zh
F1.1 | N01 | N02 | N03 | N04 | N05 | N06 | N07 | N08 | N09 | N10 | N11 | N12 | N13 | complaint https | N14
F1.1 | 412-8518 | N15 | N16 | N17 | 02-2562-1233 | N18 | 02-2555-8595 | N19 | N20
F1.2 | 私ME | https://tw-ncii | https://www.win.org.tw/appeal | iWIN as | 0800-024-111 | 1966 | 勵馨
F1.2 | reportharmfulcontent | 聯合服務中心 | unverified text-to-110
F1.3 | No complete | 南投 | 金門 | 高雄 | 新北 | 基隆 | 桃園 | the other 15 | Ship with N05
F2 | All ages | Needs concrete URL | It tells the platform first | Clocks run | 2025: 2,899 | AI-made
F2 | Active patrol | 「二不三要」 | Minors' images | Police advice | Taipei: 112/8 | Clearance | Men are many
F2 | Older slogans | Honest-expectation
F3 | Law texts
F3.1 | 319-1Ⅰ | 319-1Ⅱ | 319-2Ⅰ forced | 319-2Ⅱ/Ⅲ | 319-3Ⅰ | 319-3Ⅱ | 319-3Ⅲ | 319-3Ⅳ | 319-4Ⅰ/Ⅱ | 319-4Ⅲ
F3.1 | 319-5 | The seed [002] | Related: 304 | 235 (≤2年) | Pending
F3.2 | 2 | 36Ⅰ | 36Ⅱ / Ⅲ | 38 | 39 | 44 | 7 / 46 | 14 / 48 | 3, 8, 8-1, 47 | Court | None of these offences
F3.3 | 刑事訴訟法237 | 238 | 233 | Seed wording | ask 法扶
F3.4 | 7Ⅱ applies | 7Ⅲ | 11 (24 h | 46: platforms | So 15/47
F3.5 | 家庭暴力防治法 | 跟蹤騷擾防制法 | 犯保法
F3.6 | Service is for
F3.7 | 民法 12
F3.8 | [004] (2025)
F4 | StopNCII.org age | stage | image | must hold | platforms | not partners | via NGO | limit
F4 | Take It Down | report.cybertip.org | 展翅 PhotoDNA | Neither removes | US TAKE IT DOWN Act
F5 | General: save | Meta | X | TikTok | Telegram | LINE | Dcard | PTT | Discord | Reddit | Snapchat
F5 | YouTube | Google Search | Google Drive | Bing | Pornhub | XVideos | OnlyFans | MEGA | pirate/foreign
F6 | S1 | S2 | S3 | S4 | S5 | S6 | S7 | S8 | S9 | S10 | S11 | S12 | S13 | S14
F7 | 條例7 | 兒童及少年福利 | Minors' images | Adult images
F8 | 性生活 | e-consent | implied consent | six notices | consent must be free | minors | a friend's data
F8 | rights | only necessary | delete when | security measures | other use | penalties | amendment passed
F8 | draft rule | secrecy of victims | AI: | No Taiwan statute | The 180 days
F9 | Sources: | Say: I am a bot | First ask safety | One question | Emergency line | Start with belief
F9 | 「性影像 | Never ask "why | Neutral gender | Short sentences | Options, not orders | Name feelings
F9 | Say what will happen | Self-harm | Minor → | Abuser near | Minimal | Not an evidence custodian
F9 | Hand-over | Survivors review | Each contact dated
F10 | Compiled from | leak | secret filming | image | sextortion | fake image | threat to spread
F10 | platform / seeker | offender | action wanted | service | identity exposure | minor signs | risk
F10 | danger now | English | typos | Do not echo
F11 | N03 02-6605-7373 | N05 extensions | N14 menu | Taipei seed numbers | All 22 | 行政院 decree
F11 | StopNCII Taiwan | A lawyer's reading | Whether Taipei's police
F12 | 2020-08-10 | 2022-06-27 | 2023-08-14 | 2024-06-27 | 2024-08-07 | 2024-10-11 | 2025-01-26 | 2025-03-14
F12 | 2025-07-08 | 2025-08-16 | 2025-09-03 | 2025-10-17 | 2025-11-25 | 2025-12-02 | 2025-12-09, -17
F12 | 2025-12-11 | 2025-12-22 | 2026-01-19 | 2026-01-31, 02-01 | 2026-02-02…04 | 2026-02-08 | 2026-02-10
F12 | 2026-02-11, -13 | 2026-03-04 | 2026-03-09 | 2026-03-13 | 2026-05 | 2026-08 | 2026-10-07 | undated
D0 | Scope: | [000] | [001] | [002] | [003] | [004] | Known damage | 被害人 | 拍攝影片時
D1.1 | L1
D1.2 | E1 | E2 | D1 | P1 | D2 | P2 | X1 | D3 | P3 | P4 | P5 | D4 | P6 | D5 | P7 | P8 | D6 | S1
D1.2 | The extracted text
D1.3 | E2 · — · D1 | D1 · 未成年 | D1 · 成年 | E1 · — | D2 · 是 | D2 · 否 | P2 · — | D3 · 是 | D3 · 否 | P5 · 案主再來電
D1.3 | P5 · 未接獲回電 | D4 · (a) | D4 · (b) | D5 · 是 | D5 · 否 | D6 · 是 | D6 · 否
D1.4 | 臺北市政府
D1.5 | 註1 | 註2
D1.6 | A1 | A2 | A3 | A4 | A5 | A6 | A7 | A8
D1.7 | Are you safe | You, or | Is the person | Was the person | Has it been spread | Would you like
D1.7 | When and how | Do you want to report | Do you want someone | Do you want help
D2 | Marks:
D2.1 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19 | 20 | 21 | 22
D2.1 | Required set | The seed does not | No e-mail | It is an adult
D2.2 | T1 | T2 | T3 | T4 | T5 | T6 | T7 | T8
D2.3 | Title: | □願意 | □目前 | 立書同意人 | Facts to note
D3 | 安全提醒 | While someone | If you can | Immediate danger | 報案(報警) | You can report | You may ask
D3 | If it is still | If you do not | Same message
D4 | K01 | K02 | K03 | K04 | K05 | K06 | K07 | K08 | K09 | K10 | K11 | K12 | K13 | K14 | K15 | K16 | K17
D4 | K18 | K19 | K20 | K21 | K22 | K23 | K24 | K25 | Not for the public
D5.1 | ≥18 | <18
D5.2 | Go through
D5.3 | (1) sexual intercourse | For adults the person
D5.4 | 提供法令諮詢
D5.5 | [001]: the form
D5.6 | For: adults | 申請要件 | 諮詢NGO | 上傳流程 | 立案成功 | Partner list
D5.7 | Named once
D5.8 | [001]: once leaked
D6.1 | full link | site name | account name | poster's IP | the content posted | full-page | stories,
D6.1 | the whole conversation | when | account data | keep the files | ask for seizure
D6.2 | [001] do not delete | [002] keep calm | [003] tell family | [004] finish collecting
D6.3 | C1 | C2 | C3 | C4 | C5 | C6 | C7 | C8 | C9 | C10
D7 | General scheme | if the offender is known | After the victim | Refer | Affirm | Keep calm
D7 | List what personal | If it is spread | [003]: no one
D8 | identity | 代號 | choose the place | the social worker | bring: | ask the officer | can also complain
D8 | adults: police ask | before: | make sure | police must keep | after the report | honest limits
D8 | wait and tell
D9 | 刑法10Ⅷ | 刑法319-1Ⅰ | 319-1Ⅱ | 319-1Ⅲ | 319-2Ⅰ | 319-2Ⅱ/Ⅲ | 319-3Ⅰ | 319-3Ⅱ | 319-3Ⅲ | 319-3Ⅳ | 319-4Ⅰ/Ⅱ
D9 | 319-4Ⅲ | 315-1, 315-2 | 條例2 | 條例7 | 條例8 / 47 | 條例35Ⅰ | 條例36Ⅰ | 條例36Ⅱ | 條例36Ⅲ | 條例36Ⅳ | 條例38Ⅰ | 條例39Ⅰ
D9 | 條例39Ⅱ/Ⅲ | 條例40 | 四法 | list only | deadline | Note on 告訴乃論 | [003] in four lines
D10 | Case: | Takedown: | Police find | 社會局 confirms | Who must report | Social workers | A young person
D10 | Platforms young | For parents
D11 | 被害人三大傷害 | 面對被害人三大心法 | Guidance: | Feelings the leaflet | The blame sentence
D12 | Types: | Common tricks | Causes | Crime path | first contact | 誘騙 | 散布威脅 | spread | (The slide
D12 | Statistics
D13 | 1 | 2 | 3 | 4 | 5 | Uses:
D14 | 絕不違反 | 絕不聽從 | 絕不倉促 | 絕不轉寄 | 絕不取笑
D15 | Any phone number
"""


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return read_rows(PAGE.read_text(encoding="utf-8"))


def test_every_rule_has_a_place_that_exists_or_a_reason(rows: list[Row]) -> None:
    """What is placed is there and said; what is left out has a reason and is not said."""
    assert [fault for row in rows for fault in find_faults(row)] == []


def test_no_rule_of_the_sources_has_gone(rows: list[Row]) -> None:
    """The page has the ids that it had when it was held against the papers, each once."""
    assert sorted(row.id for row in rows) == sorted(read_ids(IDS))


@pytest.mark.parametrize("letter", FOUND)
def test_every_row_bullet_and_paragraph_of_a_paper_is_on_the_page(letter: str, rows: list[Row]) -> None:
    """A rule that is added to a paper fails the build until it is placed or left out with a reason."""
    units = read_units(letter, (DOMAIN / PAPERS[letter]).read_text(encoding="utf-8"))

    assert find_gaps([row for row in rows if row.section.startswith(letter)], units) == []


def test_everything_that_is_known_is_named_on_the_page() -> None:
    """No contact, fact, law, platform or list is in the data without a rule of the sources behind it."""
    page = PAGE.read_text(encoding="utf-8")
    known = [where.partition(".") for where, _ in load_cast().knowledge.entries()]
    named = set(_PLACE.findall(page))

    assert [name for kind, _, name in known if (_ENTRIES[kind], name) not in named] == []


def test_everything_that_may_be_said_is_said_or_left_out_with_a_reason(rows: list[Row]) -> None:
    """A fact that no state mentions helps nobody; the page says why it is kept."""
    kept = {place for row in rows for place in _PLACE.findall(row.where.partition(LEFT_OUT)[2])}
    known = {
        (_ENTRIES[where.partition(".")[0]], where.partition(".")[2])
        for where, _ in load_cast().knowledge.entries()
    }

    assert known - list_said() - kept == set()


def test_what_rests_on_one_paper_alone_is_told() -> None:
    """Whoever asks the offices before launch finds every fact that nothing but an office's paper supports."""
    told = set(_PAPER_ALONE.findall(PAGE.read_text(encoding="utf-8")))
    facts = load_cast().knowledge.facts.values()

    assert told == {f.id for f in facts if _OF_A_PAPER.search(f.source) and not _OF_A_LAW.search(f.source)}


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        ("nothing", "F1 X has neither a place nor a reason"),
        ("**left out:** no", "F1 X is left out without a reason"),
        ("`state:nowhere`", "F1 X: there is no state:nowhere"),
        ("`guard:is_tall`", "F1 X: there is no guard:is_tall"),
        ("`room:attic`", "F1 X: there is no room:attic"),
        ("`contact:siarc_old`", "F1 X: contact:siarc_old is said nowhere"),
        (
            "**left out:** of `contact:siarc`, which is old",
            "F1 X: contact:siarc is said although it is left out",
        ),
    ],
)
def test_a_wrong_row_is_caught(where: str, fault: str) -> None:
    """A place that is not there, a rule that nobody says, a reason that is none."""
    assert [fault] == list(find_faults(Row("F1", "X", "something", where)))


PAPER = """# A paper
Said before any section,
over two lines.
## 1. Numbers
| Id | Number |
|---|---|
| N1 | **110** |
| N10 | 119 |
### 1.1 Words
- [ ] Be `kind`.
- Be short;
  go on.

**A heading in bold**
1. First.
Then this: a rule within.
```
a drawing
```
---
"""


def test_a_paper_is_cut_into_its_rules() -> None:
    """Rows, list items and paragraphs with what belongs to them; headings, rulers and drawings are no rules."""
    assert [
        Unit("X0", "Said before any section, over two lines.", is_prose=True),
        Unit("X1", "N1 · 110", is_prose=False),
        Unit("X1", "N10 · 119", is_prose=False),
        Unit("X1.1", "Be kind.", is_prose=False),
        Unit("X1.1", "Be short; go on.", is_prose=False),
        Unit("X1.1", "First. Then this: a rule within.", is_prose=False),
    ] == read_units("X", PAPER)


def test_a_rule_without_a_row_is_found() -> None:
    """So is a row for a rule that is gone, and one that could mean several."""
    units = read_units("X", PAPER)
    rows = [
        Row(*where.split(" ", 1), "", "")
        for where in ("X0 two lines", "X1 N1", "X1.1 Be", "X1.1 Then this", "X9 Old")
    ]

    assert find_gaps(rows, units) == [
        "X1.1 Be stands for 2 rules",
        "X9 Old stands for 0 rules",
        "X1 has no row for: N10 · 119",
        "X1.1 has no row for: First. Then this: a rule within.",
    ]
