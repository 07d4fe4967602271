"""Somebody with a browser and no scripts: reads a page's form, fills it in, presses its buttons."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from tests.front.small_form import SEAT, TOKEN

WAY = f"/p/n/{TOKEN}"
#: Enough to be sent.
WHO = {"f.name": "小安", "f.birth": "34", "f.phone_mobile": "0912345678"}


class Paper(HTMLParser):
    """One page as it was drawn: the values of its sheet, its buttons, its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.values: list[tuple[str, str]] = []
        self.boxes: dict[tuple[str, str], bool] = {}
        self.radios: set[str] = set()
        self.buttons: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self._is_sheet = False
        self._area = ""
        self._choice = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags.append((tag, told))
        if tag == "form":
            self._is_sheet = told.get("action", "").startswith("/p/n/")
        if self._is_sheet:
            self._take(tag, told)

    def _take(self, tag: str, told: dict[str, str]) -> None:
        name = told.get("name", "")
        if tag == "input" and told["type"] in {"radio", "checkbox"}:
            self.boxes[name, told["value"]] = "checked" in told
            self.radios |= {name} if told["type"] == "radio" else set()
        elif tag == "input":
            self.values.append((name, told["value"]))
        elif tag == "textarea" and name:
            self._area = name
            self.values.append((name, ""))
        elif tag == "select":
            self._choice = name
            self.values.append((name, ""))
        elif tag == "option" and "selected" in told and "value" in told:
            self.values[-1] = (self._choice, told["value"])
        elif tag == "option" and "selected" in told:
            self._area = self._choice
        elif tag == "button":
            self.buttons.append(told.get("value", ""))

    def handle_data(self, data) -> None:
        self.words.append(data)
        if self._area:
            name, value = self.values[-1]
            self.values[-1] = (name, value + data)

    def handle_endtag(self, tag) -> None:
        if tag in {"textarea", "option"} and self._area:
            name, value = self.values[-1]
            self.values[-1] = (name, value.removeprefix("\n"))
            self._area = ""

    @property
    def said(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    @property
    def all_values(self) -> list[tuple[str, str]]:
        return self.values + [pair for pair, is_on in self.boxes.items() if is_on]

    def get(self, name: str) -> str:
        return dict(self.all_values).get(name, "")


@dataclass
class Person:
    """Fills in one page after the other."""

    client: httpx.AsyncClient
    seat: str = SEAT
    way: str = WAY
    response: httpx.Response | None = None
    paper: Paper = field(default_factory=lambda: Paper(""))

    def see(self, response: httpx.Response) -> Paper:
        self.response, self.paper = response, Paper(response.text)
        return self.paper

    @property
    def step(self) -> str:
        return self.paper.get("step")

    async def open(self, **headers: str) -> Paper:
        return self.see(await self.client.post(self.way, data={"seat": self.seat}, headers=headers))

    def fill(self, *ticked: tuple[str, str], **values: str) -> None:
        """Write into fields (`f_name` is f.name) and tick boxes."""
        told = {name.replace("_", ".", 1): value for name, value in values.items()}
        assert told.keys() <= {name for name, _ in self.paper.values}, "no such field on the page"
        self.paper.values = [(name, told.get(name, value)) for name, value in self.paper.values]
        for pair in ticked:
            assert pair in self.paper.boxes, "no such box on the page"
            for other in self.paper.boxes:
                if other[0] == pair[0] and pair[0] in self.paper.radios:
                    self.paper.boxes[other] = False
            self.paper.boxes[pair] = True

    async def press(self, go: str, *, is_drawn: bool = True) -> Paper:
        if is_drawn:
            assert go in self.paper.buttons, (go, self.paper.buttons)
        return self.see(await self.post([*self.paper.all_values, ("go", go)]))

    async def post(self, pairs: list[tuple[str, str]], **headers: str) -> httpx.Response:
        told: dict[str, list[str]] = {}
        for name, value in pairs:
            told.setdefault(name, []).append(value)
        return await self.client.post(self.way, data=told, headers=headers)

    async def go_to(self, step: str) -> Paper:
        """Walk there from an opened page, with enough written to be sent."""
        while self.step != step:
            if self.step == "who":
                self.fill(
                    **{name.replace(".", "_"): self.paper.get(name) or value for name, value in WHO.items()}
                )
            await self.press("next" if "next" in self.paper.buttons else "review")
        return self.paper

    async def agree(self) -> Paper:
        """Tick what is needed and send."""
        await self.go_to("consent")
        self.fill(("u", "contact"), ("u", "special"))
        return await self.press("send")
