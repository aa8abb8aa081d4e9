"""Thirty requests in words and the fifteen worked examples: each condition picks exactly whom the words mean."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.cel.worded_requests import REQUESTS, WORKED, people
from tests.door import EDITION, open_door

ORGANIZATION = "org_nordlys"
LEAST_TELLING = 35
"""Requests that some are in and some are not; of the others a wrong count might pass."""


async def test_each_request_picks_whom_it_means(tmp_path: Path) -> None:
    requests = (*REQUESTS, *WORKED)
    assert (len(REQUESTS), len(WORKED)) == (30, 15)
    counted: dict[str, int] = {}
    async with open_door(tmp_path, "auto") as door:
        for request in requests:
            arguments = {"expression": request.expression, "edition_id": EDITION, "count": True}
            told = await door.done("validate_cel_expression", **arguments)
            assert told["valid"], told
            assert told["checked_by"] == "local, Preo"
            assert "warnings" not in told, (request.words, told)
            assert len(told.get("samples", [])) == min(3, told["matching"])
            counted[request.words] = told["matching"]
        with closing(sqlite3.connect(door.folder / "preo.db")) as database:
            everybody = list(people(database, ORGANIZATION))
    meant = {request.words: sum(map(request.is_meant, everybody)) for request in requests}
    assert counted == meant
    assert sum(0 < count < len(everybody) for count in counted.values()) >= LEAST_TELLING
    print(f"{len(requests)} requests, {len(everybody)} customers: {counted}")
