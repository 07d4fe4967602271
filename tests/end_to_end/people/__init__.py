"""People who use the program, one driver per channel: what they do, and what they have on the screen."""

from tests.end_to_end.people.line_person import LinePerson
from tests.end_to_end.people.person import Person
from tests.end_to_end.people.telegram_person import TelegramPerson
from tests.end_to_end.people.web_person import WebPerson
from tests.end_to_end.people.world import World, open_world

__all__ = ["LinePerson", "Person", "TelegramPerson", "WebPerson", "World", "open_world"]
