"""The map of the API is complete, as Preo's documentation counts it, with the risks that the design names."""

from collections import Counter

import pytest

from preo_mcp.api import operations
from preo_mcp.api.operations import OPERATIONS, Grade, Group, Method, Operation, Risk

PER_GROUP = (1, 7, 2, 2, 3, 5, 5, 14, 9, 5, 9, 10, 9)
BY_METHOD = {Method.GET: 35, Method.POST: 29, Method.PATCH: 11, Method.DELETE: 6}
ABOVE_WRITE = {
    Risk.REACHES_PEOPLE: {"SEND_CAMPAIGN", "SCHEDULE_CAMPAIGN"},
    Risk.MOVES_MONEY: {"CREATE_PURCHASE_REFUND", "CREATE_REFUND", "APPROVE_REFUND", "REJECT_REFUND"},
    Risk.DESTROYS: {
        "DELETE_FILE",
        "DELETE_CAMPAIGN",
        "DELETE_CONSENT",
        "DELETE_EMAIL_MESSAGE",
        "DELETE_SEGMENT",
        "DELETE_WEBHOOK",
        "ROTATE_WEBHOOK_SECRET",
    },
    Risk.WRITES_RECORDS: {"START_IMPORT", "IMPORT_EXTERNAL_ORDERS", "UPDATE_USER"},
}
READING_POSTS = {"VALIDATE_COLUMN_MAPPINGS", "PREVIEW_EMAIL", "VALIDATE_CEL_EXPRESSION"}

NAMED = {name: row for name, row in vars(operations).items() if isinstance(row, Operation)}


def test_there_are_81_counted_as_the_documentation_counts_them() -> None:
    assert len(OPERATIONS) == 81
    assert Counter(row.method for row in OPERATIONS) == BY_METHOD
    counts = Counter(row.group for row in OPERATIONS)
    assert tuple(counts[group] for group in Group) == PER_GROUP


def test_rows_stand_in_the_order_of_the_groups() -> None:
    groups = [row.group for row in OPERATIONS]
    assert groups == sorted(groups, key=list(Group).index)


def test_no_method_and_path_and_no_title_twice() -> None:
    assert len({(row.method, row.path) for row in OPERATIONS}) == 81
    assert len({row.title for row in OPERATIONS}) == 81
    assert len(NAMED) == 81


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.title)
def test_paths_are_of_one_form(row: Operation) -> None:
    assert row.path.startswith("/v1/")
    assert not row.path.endswith("/")
    assert row.path == row.path.lower()


def test_fourteen_are_documented_and_they_are_the_data_imports() -> None:
    documented = [row for row in OPERATIONS if row.grade is Grade.DOCUMENTED]
    assert documented == [row for row in OPERATIONS if row.group is Group.DATA_IMPORTS]


def test_risks_are_those_of_the_design() -> None:
    for risk, names in ABOVE_WRITE.items():
        assert risk.needs_yes
        assert {name for name, row in NAMED.items() if row.risk is risk} == names
    assert not Risk.READ.needs_yes
    assert not Risk.WRITE.needs_yes


def test_every_get_reads_every_delete_destroys_and_few_posts_read() -> None:
    for name, row in NAMED.items():
        if row.method is Method.GET:
            assert row.risk is Risk.READ
        elif row.method is Method.DELETE:
            assert row.risk is Risk.DESTROYS
        else:
            assert (row.risk is Risk.READ) == (name in READING_POSTS)
