"""Draw a flow as Mermaid text: the same flow always gives the same text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.model import Choice, Flow, State, StateId

#: The track of the states that interrupt and return; they are reached from everywhere.
ALWAYS = "always"
_BACK = "回到剛才"
_NOTE = "always_there"
#: Guards on the arrows, for readers who do not know our names for them.
_GUARD_WORDS = {
    "is_minor": "現在未滿 18",
    "filmed_under_18": "拍攝時未滿 18",
    "filmed_as_adult": "拍攝時滿 18",
    "filmed_age_unsure": "拍攝年齡不確定",
    "is_age_unsure": "年齡不確定",
    "has_answer": "已有答案",
    "has_told_what": "已說發生的事",
    "has_told_several": "不只一件",
    "deadline_past": "期限已過",
}
_READS = "打日期"
_FROM = "來自："
#: From so many on, neighbours that lead to one place are drawn as one.
_CROWD = 3


@dataclass(frozen=True, slots=True)
class Edge:
    """One arrow: all the choices that lead from one state to another, with their guards."""

    start: StateId
    end: StateId
    labels: tuple[str, ...]


def list_tracks(flow: Flow) -> tuple[str, ...]:
    """Return the tracks in the order in which the flow tells them."""
    return tuple(dict.fromkeys(state.track for state in flow.states.values() if state.track))


def list_edges(flow: Flow) -> list[Edge]:
    """Return one arrow per pair of states, in the order of the flow."""
    labels: dict[tuple[StateId, StateId], list[str]] = {}
    for state in flow.states.values():
        for choice in state.choices:
            for end, label in _list_ends(choice, flow):
                labels.setdefault((state.id, end), []).append(label)
        for route in state.reads.routes if state.reads else ():
            labels.setdefault((state.id, route.to), []).append(_READS)
    return [Edge(start, end, tuple(dict.fromkeys(said))) for (start, end), said in labels.items()]


def pick(flow: Flow, track: str | None) -> tuple[list[State], set[StateId], list[Edge]]:
    """
    Return the states to draw, those of them that are only neighbours, and the arrows between them.

    Without a track that is everything. With one, neighbours are where its arrows come from or lead; many
    that lead to one place are drawn as one, and the ways back to a menu are left out, as the ways out are.
    """
    if track is None:
        return list(flow.states.values()), set(), list_edges(flow)
    own = {state.id for state in flow.states.values() if state.track == track}
    edges = [edge for edge in list_edges(flow) if edge.end in own or edge.start in own]
    edges = [edge for edge in edges if edge.end not in _list_menus(edge.start, flow)]
    crowds = _gather(flow, own, edges)
    edges = [edge for edge in edges if edge.start in own or edge.end not in crowds]
    drawn = own | {state_id for edge in edges for state_id in (edge.start, edge.end)}
    states = [state for state in flow.states.values() if state.id in drawn]
    edges += [Edge(crowd.id, end, ()) for end, crowd in crowds.items()]
    far = (drawn - own) | {crowd.id for crowd in crowds.values()}
    return [*crowds.values(), *states], far, edges


def _list_menus(state_id: StateId, flow: Flow) -> set[StateId]:
    """The overlays above a page: every page leads back to them."""
    above: set[StateId] = set()
    up = flow.get_state(state_id).up
    while up and up not in above:
        above.add(up)
        up = flow.get_state(up).up
    return above


def _gather(flow: Flow, own: set[StateId], edges: Iterable[Edge]) -> dict[StateId, State]:
    """One box for the states of other tracks that lead to the same state, where there are many."""
    coming: dict[StateId, list[StateId]] = {}
    for edge in edges:
        if edge.start not in own:
            coming.setdefault(edge.end, []).append(edge.start)
    return {
        end: State(
            StateId(f"to_{end}"), _FROM + "、".join(flow.get_state(one).title for one in starts), (), ()
        )
        for end, starts in coming.items()
        if len(starts) >= _CROWD
    }


def describe_ways_out(flow: Flow) -> str:
    """Return the one line that stands for the ways out, which would otherwise be arrows everywhere."""
    return "隨時可以：" + "、".join(way.label for way in flow.ways_out)


def draw_mermaid(flow: Flow, *, track: str | None = None) -> str:
    """Return a Mermaid flowchart of one track with its neighbours, or of the whole flow."""
    states, neighbours, edges = pick(flow, track)
    lines = ["flowchart TD", f'  {_NOTE}>"{_escape(describe_ways_out(flow))}"]']
    lines += [f"  {_draw_state(state)}" for state in states]
    lines += [f"  {_draw_edge(edge)}" for edge in edges]
    lines += [
        "  classDef neighbour fill:#ffffff,stroke:#767676,color:#595959,stroke-dasharray:4 3",
        "  classDef ending fill:#e8f5e9,stroke:#1b5e20,color:#000000",
        *_classes("neighbour", (state.id for state in states if state.id in neighbours)),
        *_classes("ending", (state.id for state in states if state.ends and state.id not in neighbours)),
    ]
    return "\n".join(lines) + "\n"


def _draw_edge(edge: Edge) -> str:
    label = f'|"{_escape("／".join(edge.labels))}"|' if edge.labels else ""
    return f"{edge.start} -->{label} {edge.end}"


def _list_ends(choice: Choice, flow: Flow) -> Iterable[tuple[StateId, str]]:
    for route in choice.routes:
        reasons = "、".join(name_guard(name, flow) for name in route.when)
        yield route.to, f"{choice.label}（{reasons}）" if reasons else choice.label
    if choice.kind == "restart":
        yield flow.special.start, choice.label
    if choice.kind == "erase":
        yield flow.special.erased, choice.label
    if choice.kind == "wipe":
        for state_id in sorted(flow.special.ends - {flow.special.erased}):
            yield state_id, choice.label


def name_guard(name: str, flow: Flow) -> str:
    """Return a guard in words: an answer by its own words, 「不是」 or 「還沒答」 before what is denied."""
    is_denied = name.startswith("not ")
    asked_for = name.removeprefix("not ")
    key, _, value = asked_for.partition("=")
    asked = flow.answers.get(key)
    if asked and value == "*":
        return f"{'還沒答' if is_denied else '已答'}：{asked.title}"
    said = asked.values.get(value, value) if asked else _GUARD_WORDS.get(asked_for, asked_for)
    return f"不是：{said}" if is_denied else said


def _draw_state(state: State) -> str:
    title = _escape(state.title)
    if state.overlay:
        returns = any(choice.kind == "return" for choice in state.choices)
        return f'{state.id}(["{title}{f"<br>（{_BACK}）" if returns else ""}"])'
    return f'{state.id}["{title}"]'


def _classes(name: str, state_ids: Iterable[StateId]) -> list[str]:
    members = ",".join(state_ids)
    return [f"  class {members} {name}"] if members else []


def _escape(text: str) -> str:
    """Mermaid knows HTML entities, and nothing else that would keep a quotation mark from ending the text."""
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
