"""The parser takes what the engine takes, and nothing else; its trees know where their parts stand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preo_mcp.cel.environment import environment
from preo_mcp.cel.functions import FUNCTIONS
from preo_mcp.cel.parser import MOST_HIGH, MOST_NESTED, UnreadableError, parse
from preo_mcp.cel.reference_text import EXAMPLES, TRAPS
from preo_mcp.cel.syntax import Chain, Choice, Has, Literal, Loop, Made, Node, Unary, children

TOKENS = [
    *("user", "o", "orders", "exists", "map", "has", "all", "in", "true", "null", "size", "`a b`", "A"),
    *(".", ",", "(", ")", "[", "]", "{", "}", ":", "?", "!", "-", "+", "*", "/", "%", "&&", "||", "==", "<", ">="),
    *(
        "1",
        "2u",
        "0xF",
        "1.5",
        ".5",
        "1e3",
        "'a'",
        '"b"',
        "r'c'",
        "b'd'",
        "'''e'''",
        "'\\n'",
        "'\\q'",
        "// f\n",
        "\n",
        "=",
    ),
]
"""Reserved words are left out: the engine refuses them after it has read the form."""


def is_read_by_engine(condition: str) -> bool:
    try:
        environment(has_edition=True).compile(condition, disable_check=True)
    except RuntimeError:
        return False
    return True


def is_read(condition: str) -> bool:
    try:
        tree = parse(condition)
    except UnreadableError as exc:
        place = exc.at
    else:
        assert_places(tree, condition)
        return True
    assert 0 <= place <= len(condition)
    return False


def assert_places(node: Node, condition: str) -> None:
    """Every part stands inside its whole, after the part before it, and is higher than what is in it."""
    assert 0 <= node.start < node.end <= len(condition)
    at = node.start
    for child in children(node):
        assert at <= child.start <= child.end <= node.end
        assert child.height < node.height
        assert_places(child, condition)
        at = child.end


def expressions() -> st.SearchStrategy[str]:
    """Expressions that are right for the most part."""
    plain = st.sampled_from(["user", "o", "1", "-2", "1.5", "'a'", "true", "null", "now", "user.orders", "[]", "{}"])

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        operators = st.sampled_from(["&&", "||", "==", "<", "in", "+", "-", "*", "%", "&&\n"])
        return st.one_of(
            st.tuples(inner, operators, inner).map(" ".join),
            st.tuples(st.sampled_from(["!", "-", "!!"]), inner).map("".join),
            st.tuples(inner, inner, inner).map(lambda parts: "{} ? {} : {}".format(*parts)),
            st.tuples(inner, st.sampled_from(["exists", "all", "filter", "map"]), inner).map(
                lambda parts: "({}).{}(o, {})".format(*parts)
            ),
            st.tuples(inner, st.sampled_from([".f", ".f()", "[0]", ".`g h`", "{}", "{a: 1,}"])).map("".join),
            st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
            st.lists(inner, max_size=3).map(lambda items: f"f({', '.join(items)})"),
            inner.map(lambda text: f"({text})"),
            inner.map(lambda text: f"has({text})"),
            inner.map(lambda text: f"{{{text}: {text}}}"),
        )

    return st.recursive(plain, larger, max_leaves=8)


@settings(max_examples=400, deadline=None)
@given(st.one_of(expressions(), st.lists(st.sampled_from(TOKENS), max_size=8).map(" ".join), st.text(max_size=12)))
def test_the_parser_takes_what_the_engine_takes(condition: str) -> None:
    assert is_read(condition) == is_read_by_engine(condition)


@pytest.mark.parametrize(
    "condition",
    [
        *(
            "- 1",
            "--1",
            "has(!!user.orders)",
            "has(!user.orders)",
            "has(--user.orders)",
            "-1u",
            "-9223372036854775808",
            "9223372036854775808",
            "18446744073709551616u",
            "0xfFu",
            "1.",
            "5.5.5",
        ),
        *(
            "a ? b : c ? d : e",
            "a ? b ? 1 : 2 : 3",
            ".a.b",
            ".a{b:1}",
            "a.b{c:1,}",
            "(a){}",
            "f{}{}",
            "x.in",
            "x.for",
            "for",
        ),
        *("x.exists(a.b, c)", "x.map(a, b, c)", "x.map(.a, b)", "has(a)", "has((a.b))", "has(a, b)", "a.?b", "a[?b]"),
        *(
            "[,]",
            "[1,]",
            "f(1,)",
            "{,}",
            "{1: 2}{}",
            "a\u00a0b",
            "'\\400'",
            "'\\ud800'",
            "b'\\u0041'",
            "b'\\xff'",
            "r'\\'",
            "rb'a'",
        ),
        *(
            "''''a'''",
            "''''''",
            "'a\rb'",
            "u'a'",
            "a.b(1)(2)",
            "a()()",
            "1.size()",
            "a.`b`()",
            "`a`",
            "1 < 2 < 3",
            "..a",
            "",
            "a$",
        ),
    ],
)
def test_corners_of_the_grammar(condition: str) -> None:
    assert is_read(condition) == is_read_by_engine(condition)


def test_trees() -> None:
    chain = parse("a && !b && c.d(1)")
    assert isinstance(chain, Chain)
    assert [type(one).__name__ for one in chain.operands] == ["Name", "Unary", "Call"]
    loop = parse("a.map(x, x > 1, x * 2)")
    assert isinstance(loop, Loop)
    assert (loop.variable, loop.only is not None, loop.start, loop.end) == ("x", True, 0, 22)
    assert isinstance(parse("has(a.b)"), Has)
    assert isinstance(parse("a ? b : c"), Choice)
    made = parse("a.B{c: 1}")
    assert isinstance(made, Made)
    assert (made.type, made.fields[0][0]) == ("a.B", "c")
    minus = parse("-(1)")
    assert isinstance(minus, Unary)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("'a\\n\\x41\\u00e6\\U0001F600\\101\\''", "a\nAæ😀A'"),
        ("r'a\\n'", "a\\n"),
        ('"""a\n"b"""', 'a\n"b'),
        ("b'\\xff\\101æ\\n'", b"\xffA\xc3\xa6\n"),
        ("br'\\x'", b"\\x"),
        ("0xFF", 255),
        ("-12", -12),
        ("7u", 7),
        ("-1.5e3", -1500.0),
        ("null", None),
        ("true", True),
    ],
)
def test_literals(written: str, value: object) -> None:
    found = parse(written)
    assert isinstance(found, Literal)
    assert found.value == value
    assert type(found.value) is type(value)


@pytest.mark.parametrize(
    "condition",
    [
        "(" * MOST_NESTED + "a" + ")" * MOST_NESTED,
        "1" + " + 1" * MOST_HIGH,
        "a" + ".b" * MOST_HIGH,
        "!(" * MOST_NESTED + "a" + ")" * MOST_NESTED,
        "[" * 5000,
    ],
)
def test_what_is_nested_too_deeply_is_refused(condition: str) -> None:
    with pytest.raises(UnreadableError):
        parse(condition)


def test_long_chains_are_flat() -> None:
    assert parse("true" + " && true" * 1000).height == 2


def test_all_documented_conditions_are_read() -> None:
    documented = [
        *(one.example for one in FUNCTIONS),
        *(one.expression for one in EXAMPLES),
        *(one.right for one in TRAPS),
    ]
    assert all(map(is_read, documented))
