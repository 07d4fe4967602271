"""Every sentence that a person may read is given to translators, once, with the place it stands in."""

from bot.core.parse import parse_toml
from bot.core.sentences import collect_sentences
from bot.pack import find_data, list_spoken
from tests.core.cast import TINY, caller, shipped


def _collect(text: str) -> list[tuple[str, str]]:
    return list(collect_sentences(parse_toml(text, "test.toml")))


def test_a_flow_gives_bubbles_labels_ways_out_and_notes():
    """Titles, ids and the words people type are not translated."""
    text = TINY.replace('say = ["再一次？"]', 'say = [{ text = " 再一次？ ", when = ["is_minor"] }]')
    found = _collect(text)
    assert ("tiny.loop", "再一次？") in found
    assert ("tiny.start.adult", "滿了") in found
    assert ("tiny.ways_out.human", "真人") in found
    assert ("tiny.notes.sticker", "貼圖") in found
    assert not {sentence for _, sentence in found} & {"loop", "help", "yes"}
    assert len(found) == len(set(found))


def test_contacts_give_only_what_is_said_of_them():
    """Name, hours and cost; nothing of a contact that is never shown."""
    found = _collect(
        '[contacts.a]\nname = "專線"\nhours = "24 小時"\ncost = ""\nsource = "來源"\nshow = "yes"\n'
        '[contacts.b]\nname = "舊專線"\nshow = "no"\n'
    )
    assert found == [("contact.a.name", "專線"), ("contact.a.hours", "24 小時")]


def test_facts_give_text_and_fallback():
    """The fallback is said too, so it is translated too."""
    found = _collect('[facts.a]\ntext = "真的"\nfallback = "問問看"\n[facts.b]\ntext = "是"\n')
    assert found == [("fact.a", "真的"), ("fact.a.fallback", "問問看"), ("fact.b", "是")]


def test_words_of_the_page_are_sentences_too():
    """Under the key that the page asks for."""
    assert _collect('[words]\nsend = " 送出 "\n') == [("interface.send", "送出")]


def test_a_file_of_another_kind_gives_nothing():
    """Word lists are curated for each language, not translated."""
    assert not _collect('danger = ["救命"]\n')


def test_everything_that_the_shipped_conversation_says_can_be_translated():
    """What is asked of the catalogues when a turn is rendered is what translators were given."""
    given = set()
    for name in list_spoken(find_data("flows")):
        given |= set(_collect((find_data("flows") / name).read_text("utf-8")))
    pack = shipped()
    for state in pack.flow.states.values():
        assert {(f"frontdoor.{state.id}", line.text) for line in state.say} <= given
        assert {(f"frontdoor.{state.id}.{c.id}", c.label) for c in state.choices} <= given
    assert {(f"interface.{key}", word) for key, word in pack.words.items()} <= given
    assert {(f"frontdoor.notes.{key}", note) for key, note in pack.flow.notes.items()} <= given
    assert caller().start().reply.bubbles
