"""Pages from templates: escaped always, in the language asked for, marked DEMO in the demo environment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from bot.office.menu import list_menu
from bot.office.model import SMALLEST_SHOWN
from bot.office.words import BY_TONGUE, HTML_TAGS, TONGUE_NAMES, Tongue

HERE = Path(__file__).parent
#: Taiwan has had no other offset since 1980, so that no time zone database is needed on the host.
_TAIWAN = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Pages:
    """The templates, loaded once."""

    templates: Environment
    demo: bool

    def render(self, template: str, tongue: Tongue, *, status: int = 200, **context: object) -> HTMLResponse:
        """Fill in a template. A name that the template needs and nobody gave is a bug, never a blank."""
        page = self.templates.get_template(template).render(
            w=BY_TONGUE[tongue],
            html_tag=HTML_TAGS[tongue],
            tongue=tongue,
            tongues=[(each, HTML_TAGS[each], name) for each, name in TONGUE_NAMES.items()],
            demo=self.demo,
            **{"kept_codes": "", **context},
        )
        return HTMLResponse(page, status_code=status)

    def render_fault(self, tongue: Tongue, fault: str, status: int, *, incident: str = "") -> HTMLResponse:
        """Say what went wrong: `fault` is the beginning of two keys of the words."""
        return self.render(
            "fault.html", tongue, status=status, fault=fault, incident=incident, offers_tongues=False
        )


def load_pages(*, demo: bool) -> Pages:
    """Load the templates. Escaping is on for all of them, whatever their names end in."""
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.filters["taiwan_time"] = _taiwan_time
    templates.filters["percent"] = _percent
    templates.globals["smallest_shown"] = SMALLEST_SHOWN
    templates.globals["menu_of"] = list_menu
    return Pages(templates, demo)


def _taiwan_time(moment: datetime) -> str:
    return moment.astimezone(_TAIWAN).strftime("%Y-%m-%d %H:%M")


def _percent(share: float) -> str:
    """Round down: only a finished translation is called 100 %."""
    return f"{int(share * 100)}%"
