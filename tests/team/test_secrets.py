"""No token is written anywhere: not to a log at any level, to an answer, to the audit, the ledger, or another file."""

import logging
import sys
from pathlib import Path

import pytest

from preo_mcp.team.principals import Right
from tests.door import ERAS, YES, Era, Person, text_of
from tests.team.provider import provided
from tests.team.signed_in import a_team
from tests.team.test_apart import refund
from tests.team.test_preo_tokens import an_account, looked, secret_file
from tests.team.test_sign_in import WRONG

PREO = "preo-secret-of-anna"


@pytest.mark.parametrize("era", ERAS)
async def test_no_token_is_written_anywhere(
    tmp_path: Path, era: Era, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("preo_mcp", "mcp", "uvicorn", "starlette", "httpx"):
        caplog.set_level(logging.DEBUG, name)
    sent: list[str] = []
    answers: list[str] = []
    says = Person(YES)
    async with provided() as provider, a_team(tmp_path, provider, {"members": {"anna": {"subject": "a"}}}) as team:
        static = team.tokens.add("anna", frozenset({Right.READ, Right.WRITE, Right.APPROVE})).token
        sent += [make(provider, team.url) for make, _ in WRONG.values()]
        for token in sent:
            answer = await team.asked(token)
            answers.append(answer.text + str(answer.headers))
        right = provider.token(team.url, sub="a")
        sent += [right, static]
        for token in (right, static):
            async with team.client(token, era, elicitation_callback=says.ask) as client:
                await client.call_tool("list_editions", {})
                arguments = refund(team, len(answers))
                answers.append(text_of(await client.call_tool("create_purchase_refund", arguments)))
                answers.append(text_of(await client.call_tool("get_campaign", {"id": "cmp_unknown"})))
        team.tokens.revoke("anna")
        answers.append((await team.asked(static)).text)
    _nowhere([token for token in sent if len(token) > 10], answers, tmp_path, caplog, capfd)
    assert says.questions, "a person was asked, so that there is a plan"
    assert (tmp_path / "state" / "audit.jsonl").exists()
    assert "preo_mcp" in {record.name.partition(".")[0] for record in caplog.records}


@pytest.mark.skipif(sys.platform == "win32", reason="files of their owner's alone are POSIX's")
async def test_nor_is_the_token_of_preo(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, "preo_mcp")
    kept = secret_file(tmp_path.parent / f"{tmp_path.name}-secrets" / "anna", PREO)
    members = {"members": {"anna": {"subject": "a", "token_file": str(kept)}}}
    async with (
        an_account() as (account, url),
        provided() as provider,
        a_team(tmp_path, provider, members, base_url=url) as team,
    ):
        answer = text_of(await looked(team, provider.token(team.url, sub="a")))
        kept.chmod(0o644)
        refused = await team.asked(provider.token(team.url, sub="a"), **{"X-Preo-Read-Only": "1"})
        assert refused.status_code == 503
        assert account.saw(PREO)
    _nowhere([PREO], [answer, refused.text], tmp_path, caplog, capfd)


def _nowhere(
    secrets: list[str],
    answers: list[str],
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    written = "".join(capfd.readouterr())
    logged = caplog.text + "".join(str(record.args) for record in caplog.records)
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    for secret in secrets:
        parts = [secret, secret.rpartition(".")[2]]  # a signature alone is none of anybody's business either
        for part in (part for part in parts if len(part) > 10):
            assert part not in written
            assert part not in logged
            assert not any(part in answer for answer in answers)
            assert not any(part.encode() in content for content in files)
