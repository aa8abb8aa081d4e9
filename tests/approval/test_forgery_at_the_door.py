"""Forged texts where they are in Preo: what a person is asked through the host's dialog, and a model is told."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from preo_mcp.approval.languages import LINE_LENGTH, SHOWN_LENGTH
from preo_mcp.approval.quoting import quoted
from tests.approval.forgeries import FORGERIES
from tests.door import DECLINE, ERAS, Door, Era, Person, open_door

CAMPAIGN, MESSAGE = "cmp_nordlys_vip", "eml_n27_vip"
PURCHASE = (
    "SELECT p.id, o.customer_id, json_extract(p.doc, '$.product_id') FROM purchases AS p "
    "JOIN orders AS o ON o.id = p.order_id WHERE o.organization_id = 'org_nordlys' AND o.status = 'completed' "
    "AND o.type = 'online' AND o.id NOT IN (SELECT order_id FROM refunds) ORDER BY o.rowid LIMIT 1"
)
WRITABLE = [text for text in FORGERIES if not any("\ud800" <= char <= "\udfff" for char in text)]
"""No JSON of the sandbox carries half a character."""
EACH = 7
"""Every so many of them in each era; all of them are tried where no server is needed."""


def write(folder: Path, table: str, key: str, **fields: Any) -> None:
    with closing(sqlite3.connect(folder / "preo.db", timeout=5)) as db, db:
        [(doc,)] = db.execute(f"SELECT doc FROM {table} WHERE id = ?", (key,)).fetchall()
        db.execute(f"UPDATE {table} SET doc = ? WHERE id = ?", (json.dumps(json.loads(doc) | fields), key))


def found(folder: Path, statement: str) -> tuple[str, ...]:
    with closing(sqlite3.connect(folder / "preo.db", timeout=5)) as db:
        [row] = db.execute(statement).fetchall()
    return row


@pytest.mark.parametrize("era", ERAS)
async def test_the_question_keeps_its_lines(tmp_path: Path, era: Era) -> None:
    some = WRITABLE[ERAS.index(era) :: EACH]
    person = Person(DECLINE)
    async with open_door(tmp_path, era, person) as door:
        await door.done("get_user_info")
        purchase_id, customer_id, product_id = found(tmp_path, PURCHASE)

        async def asked(text: str) -> tuple[list[str], list[str]]:
            write(tmp_path, "customers", customer_id, first_name=text, last_name="")
            write(tmp_path, "products", product_id, name=text)
            write(tmp_path, "campaigns", CAMPAIGN, name=text)
            write(tmp_path, "email_messages", MESSAGE, subject=text)
            arguments = {"purchase_id": purchase_id, "reason": "other", "amount": 1.5, "comment": text[:500] or "-"}
            refund = await question(door, person, "create_refund", **arguments)
            at = f"2027-05-01T12:00:{len(person.questions) % 60:02}.{len(person.questions)}Z"  # each another call
            return refund, await question(door, person, "schedule_campaign", campaign_id=CAMPAIGN, scheduled_at=at)

        honest_refund, honest_campaign = await asked("Ida Lund")
        for text in some:
            refund, campaign = await asked(text)
            _same_but(honest_refund, refund, ("Customer", "Item", "Comment"), text)
            _same_but(honest_campaign, campaign, ("Campaign", "Subject"), text)
            if len(text) < SHOWN_LENGTH and text.strip():
                assert f"Comment: {quoted(text, SHOWN_LENGTH)}" in refund


async def question(door: Door, person: Person, tool: str, **arguments: Any) -> list[str]:
    """Return the lines that a person was asked before they declined."""
    before = len(person.questions)
    result = await door.call(tool, **arguments)
    assert result.is_error
    asked = person.questions[before:]
    assert len(asked) == 1, result
    return asked[0].split("\n")


def _same_but(honest: list[str], shown: list[str], forged: tuple[str, ...], text: str) -> None:
    assert len(shown) == len(honest), text
    for number, (one, other) in enumerate(zip(honest, shown, strict=True)):
        starts = (one.partition("“")[0],) if number == 0 else tuple(name for name in forged if one.startswith(name))
        assert other.isprintable(), text
        if starts:
            assert other.startswith(starts), text
            assert other.count("“") == other.count("”"), text
            assert len(other) < 4 * LINE_LENGTH, text
        else:
            assert other == one, text
