"""Templates: what they make of values, what they name in vain, and that no template does harm."""

from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preo_mcp.sandbox.mail import liquid
from preo_mcp.sandbox.mail.liquid import Deadline, Missing, Rendered, Template, TemplateFault

VALUES: dict[str, Any] = {
    "customer": {"first_name": "Søren", "last_name": None},
    "order": {"items": [{"name": "Pass", "quantity": 2}, {"name": "Cup", "quantity": 1}], "total": "1 DKK"},
    "start": "2027-06-03 12:00",
}


def rendered(source: str) -> Rendered:
    return Template(source).render(VALUES, Deadline())


def fault(source: str) -> TemplateFault:
    with pytest.raises(TemplateFault) as caught:
        rendered(source)
    return caught.value


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Hej {{ customer.first_name }}!", "Hej Søren!"),
        ("{{ customer.last_name }}", ""),
        ("{{ customer.last_name | default: 'du' }}", "du"),
        ("{% for item in order.items %}{{ item.quantity }} {{ item.name | upcase }};{% endfor %}", "2 PASS;1 CUP;"),
        ("{{ start | date: '%d.%m.%Y' }}", "03.06.2027"),
        ("{{ order.items.size }}", "2"),
        ("{{ '<b>' | escape }}", "<b>"),  # HTML is made later, and escapes everything
        ("{{ order.items | map: 'name' | join: ', ' }}", "Pass, Cup"),
        ("{% assign x = 'a,b' | split: ',' %}{{ x[1] }}", "b"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    ],
)
def test_text(source: str, text: str) -> None:
    assert rendered(source) == Rendered(text, [])


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("{{ custmer.first_name }}", [Missing("custmer", 1)]),
        ("a\nb {{ customer.frist_name }}", [Missing("customer.frist_name", 2)]),
        ("{% if false %}\n{{ never.reached }}{% endif %}", [Missing("never", 2)]),
        ("{% for item in order.items %}{{ item.nam }}{% endfor %}", [Missing("item.nam", 1)]),
        ("{{ order.items[7].name }}", [Missing("order.items[7].name", 1)]),
        ("{{ customer.__class__ }}", [Missing("customer.__class__", 1)]),
        ("{{ a }}{{ b }}\n{{ a }}", [Missing("a", 1), Missing("a", 2), Missing("b", 1)]),
        ("{% assign own = 1 %}{{ own }}", []),
    ],
)
def test_missing_by_name_and_line(source: str, missing: list[Missing]) -> None:
    assert rendered(source).missing == missing


@pytest.mark.parametrize(
    ("source", "says", "line"),
    [
        ("a\n{{ x", "expected", 2),
        ("\n\n{% if %}", "expression", 3),
        ("{{ x | nope }}", "nope", 1),
        ("{% include 'x' %}", "include", 1),
        ("{% render 'x' %}", "render", 1),
        ("{% tablerow x in y %}{% endtablerow %}", "tablerow", 1),
        ("{{ 'x' | safe }}", "safe", 1),
        ("{{ 1 | divided_by: 0 }}", "divide by 0", 1),
        ("{% break %}", "break", 1),
    ],
)
def test_faults_say_what_and_where(source: str, says: str, line: int) -> None:
    found = fault(source)
    assert says in found.message
    assert found.line == line


HARM = {
    "a long range": "{% for i in (1..100000000000) %}x{% endfor %}",
    "a range in a filter": "{{ (1..1000000000000) | join }}",
    "a sorted range": "{{ (1..999999999) | sort | first }}",
    "nested loops": "{% for i in (1..1000) %}{% for j in (1..1000) %}{% endfor %}{% endfor %}",
    "much in a loop": "{% for i in (1..900) %}" + "{% if 1 == 1 %}{% endif %}" * 700 + "{% endfor %}",
    "much output": "{% for i in (1..1000) %}" + "x" * 300 + "{% endfor %}",
    "much captured": "{% capture z %}{% for i in (1..1000) %}" + "x" * 300 + "{% endfor %}{% endcapture %}",
    "a growing number": "{% assign x = 9 %}{% for i in (1..90) %}{% assign x = x | times: x %}{% endfor %}",
    "a growing text": "{% assign x = 'abc' %}{% for i in (1..90) %}{% assign x = x | append: x %}{% endfor %}",
    "a multiplied text": "{% assign x = '" + "a" * 9000 + "' %}{{ x | replace: 'a', x }}",
    "a multiplied list": "{% assign x = '" + "a" * 900 + "' %}{{ x | split: '' | join: x }}",
    "a wide date": "{{ 'now' | date: '%999999999d' }}",
    "deep tags": "{% if 1 %}" * 60 + "{% endif %}" * 60,
    "a deep condition": "{% if " + "a == b and " * 1500 + "c %}{% endif %}",
    "a huge number": "{{ " + "9" * 6000 + " }}",
}


@pytest.mark.parametrize("source", HARM.values(), ids=HARM.keys())
def test_harm_ends_in_a_fault_and_soon(source: str) -> None:
    begun = monotonic()
    assert fault(source).message
    assert monotonic() - begun < 2


def test_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    moments: Iterator[float] = iter([0.0, 0.1, 99.0])
    monkeypatch.setattr(liquid, "monotonic", lambda: next(moments))
    deadline = Deadline()
    with pytest.raises(TemplateFault, match="too long"):
        Template("{{ customer.first_name }}{{ customer.last_name }}").render(VALUES, deadline)


PARTS = (
    "{{ }} {% %} if endif for_i_in_order.items endfor assign_x_= customer . [ ] ' \" | append: times: 9 a ( .. ) ø -"
)
TOKENS = st.sampled_from([*(f" {part.replace('_', ' ')} " for part in PARTS.split()), *PARTS.split(), "\n"])


@settings(max_examples=300, deadline=None)
@given(st.lists(TOKENS, max_size=25).map("".join))
def test_whatever_is_written_there_is_a_text_or_a_fault(source: str) -> None:
    lines: list[int | None] = []
    try:
        lines += [one.line for one in rendered(source).missing]
    except TemplateFault as exc:
        lines.append(exc.line)
    assert all(line is None or 1 <= line <= source.count("\n") + 1 for line in lines)
