"""Recalculate and reset: the endpoints, and the job that asks the condition about everybody and counts their reach.

The job goes through the messages of the organization's customers in the order of their numbers. How far it came is
written in the transaction that wrote whom it found, so that after a crash it goes on there.
"""

from collections.abc import Iterator
from functools import wraps
from typing import Final

from preo_mcp.api.models.consents import ConsentStatus
from preo_mcp.api.models.segments import BUSY_STATUSES, SegmentDetail, SegmentStatus
from preo_mcp.api.operations import GET_SEGMENT, RECALCULATE_SEGMENT, RESET_SEGMENT, UPDATE_SEGMENT
from preo_mcp.cel.mistakes import InvalidConditionError
from preo_mcp.sandbox.importing.warming import readers_loaded
from preo_mcp.sandbox.jobs import JobHandler, Jobs
from preo_mcp.sandbox.problems import Problem
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.segments.conditions import NO_ENGINE, NoEngineError, compiled, engine_ready, spelled
from preo_mcp.sandbox.segments.documents import (
    RUNS,
    blank_result,
    changeable_segment,
    count_reach,
    find,
    is_busy_with,
    represent,
    save,
)
from preo_mcp.sandbox.segments.runs import forget_result
from preo_mcp.sandbox.segments.user_messages import refresh_messages
from preo_mcp.sandbox.slices import in_slices
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

CALCULATE: Final = "calculate_segment"

FETCHED: Final = 100
"""Customers that are read together."""

FAULT: Final = (
    "The calculation stopped · a fault in the sandbox, not in the condition · recalculate the segment; "
    "where it happens again, report it with the sandbox's log."
)

Person = tuple[int, str, bytes, int, int, int, int]
"""Number, customer, message; valid e-mail, valid phone, active pass, consent granted: 0 or 1."""


@ENDPOINTS.endpoint(RECALCULATE_SEGMENT, returns=SegmentDetail)
async def recalculate_segment(call: Call[Nothing, Nothing]) -> Doc:
    """Begin to calculate a segment, in the background; until it is done, its last result is not shown (inferred).

    Raises:
        Problem: 400 while it is being calculated, 403 for a lesser role, 404.
    """
    segment = changeable_segment(call)
    if segment["status"] in BUSY_STATUSES:
        detail = (
            f"The segment is {segment['status']} already. {GET_SEGMENT.title} shows the progress; "
            f"{RESET_SEGMENT.title} gives up a calculation that is stuck."
        )
        raise Problem(400, {"detail": detail, "status": segment["status"]})
    with call.store.transaction():
        segment, added = begin_calculation(call.jobs, segment)
    for job in added:
        call.jobs.start(job)
    return represent(segment)


@ENDPOINTS.endpoint(RESET_SEGMENT, returns=SegmentDetail)
async def reset_segment(call: Call[Nothing, Nothing]) -> Doc:
    """Give up a calculation that is waiting or on its way: the segment is a draft again.

    Raises:
        Problem: 400 for a segment that is not being calculated, 403 for a lesser role, 404.
    """
    segment = changeable_segment(call)
    if segment["status"] not in BUSY_STATUSES:
        detail = (
            f"The segment is {segment['status']}, and only one that is {' or '.join(sorted(BUSY_STATUSES))} can be "
            f"reset. {RECALCULATE_SEGMENT.title} calculates it anew."
        )
        raise Problem(400, {"detail": detail, "status": segment["status"]})
    with call.store.transaction():
        segment, added = forget_result(call.jobs, segment)
        save(call.store, segment)
    for job in added:
        call.jobs.start(job)
    return represent(segment)


def begin_calculation(jobs: Jobs, segment: Doc) -> tuple[Doc, list[int]]:
    """Return a segment as pending, and the jobs to start; call it inside a transaction, not while it is busy."""
    segment, added = forget_result(jobs, segment)
    segment["status"] = SegmentStatus.PENDING
    save(jobs.store, segment)
    return segment, [*added, jobs.add(CALCULATE, segment["id"])]


async def calculation_ended(jobs: Jobs, segment_id: str) -> None:
    """Wait until no calculation of a segment is under way, whoever asked for it."""
    under_way = "SELECT id FROM jobs WHERE kind = ? AND subject = ? AND status = 'queued'"
    while rows := jobs.store.db.execute(under_way, (CALCULATE, segment_id)).fetchall():
        await jobs.finished(rows[0][0])


def failing(handler: JobHandler) -> JobHandler:
    """Wrap the job so that a fault in it ends the calculation as failed instead of leaving it waiting."""

    @wraps(handler)
    async def guarded(jobs: Jobs, subject: str) -> None:
        try:
            await handler(jobs, subject)
        except Exception:
            _fail(jobs, subject, FAULT)
            raise

    return guarded


@failing
async def calculate_segment(jobs: Jobs, subject: str) -> None:
    """Take a segment from pending, or from where it stopped, to completed; one that was reset meanwhile stops."""
    store = jobs.store
    segment = find(store, subject)
    if segment is None or segment["status"] not in BUSY_STATUSES:
        return
    await readers_loaded()
    try:
        await engine_ready()
    except NoEngineError:
        _fail(jobs, subject, NO_ENGINE)
        return
    await refresh_messages(store)
    run = _take_up(store, subject)
    if run is None:
        return
    try:
        evaluation = Evaluation(store, subject, run)
    except InvalidConditionError as exc:
        why = "; ".join(map(spelled, exc.mistakes))
        _fail(jobs, subject, f"The condition has mistakes · {why} · correct it ({UPDATE_SEGMENT.title}).")
        return
    done = await in_slices(
        store, evaluation.customers(), evaluation.ask, begin=evaluation.begin_slice, end=evaluation.end_slice
    )
    if done:
        _complete(store, subject, run)


class Evaluation:
    """One calculation from where it stands.

    Raises:
        InvalidConditionError: the condition has mistakes.
    """

    def __init__(self, store: Store, segment_id: str, run: int) -> None:
        segment = find(store, segment_id)
        if segment is None:
            raise LookupError(segment_id)
        self._store = store
        self._segment: Doc = segment
        self._way: Doc = segment["calculation"]
        self._run = run
        self._condition = compiled(store, segment, self._way["now"])
        self._found: list[tuple[int, str]] = []

    def customers(self) -> Iterator[Person]:
        """Yield the customers who were not asked about yet."""
        while rows := self._store.db.execute(
            "SELECT number, user_messages.customer_id, message, has_valid_email, has_valid_phone, has_active_pass, "
            "coalesce(status = ?, 0) FROM user_messages LEFT JOIN customer_consents "
            "ON consent_id = ? AND customer_consents.customer_id = user_messages.customer_id "
            "WHERE organization_id = ? AND number > ? ORDER BY number LIMIT ?",
            (
                ConsentStatus.GRANTED,
                self._segment["consent_id"],
                self._segment["organization_id"],
                self._way["after"],
                FETCHED,
            ),
        ).fetchall():
            yield from rows

    def begin_slice(self) -> bool:
        """Read the segment anew, which may have changed since; return whether it is still to be calculated."""
        segment = find(self._store, self._segment["id"])
        if segment is None or not is_busy_with(segment, self._run):
            return False
        self._segment, self._way = segment, segment["calculation"]
        return True

    def ask(self, person: Person) -> None:
        """Ask about one customer, and count them."""
        number, customer_id, message, email, phone, wallet, has_consent = person
        if number <= self._way["after"]:  # another job for this calculation, begun before a reset, was faster
            return
        self._way["after"] = number
        self._way["done"] += 1
        result = self._way["result"]
        holds = self._condition.holds(message)
        if holds:
            self._found.append((self._run, customer_id))
            count_reach(result, bool(email), bool(phone), bool(wallet), has_consent=bool(has_consent))
        elif holds is None:
            result["errors"] += 1

    def end_slice(self) -> None:
        """Write whom the slice found, and how far it came."""
        self._store.db.executemany("INSERT OR IGNORE INTO segment_users VALUES (?, ?)", self._found)
        self._found.clear()
        result = self._way["result"]
        result["first_error"] = result["first_error"] or self._condition.first_error
        save(self._store, self._segment)


def _take_up(store: Store, segment_id: str) -> int | None:
    """Return the number of the calculation, a new one where none is on its way; None where it was given up."""
    with store.transaction() as db:
        segment = find(store, segment_id)
        if segment is None or segment["status"] not in BUSY_STATUSES:
            return None
        way: Doc | None = segment["calculation"]
        if way is None:
            [(run,)] = db.execute(
                "INSERT INTO counters VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value",
                (RUNS,),
            ).fetchall()
            [(total,)] = db.execute(
                "SELECT count(*) FROM user_messages WHERE organization_id = ?", (segment["organization_id"],)
            ).fetchall()
            way = {"run": run, "now": store.now(), "after": 0, "done": 0, "total": total, "result": blank_result()}
            segment["calculation"] = way
            segment["status"] = SegmentStatus.PROCESSING
            save(store, segment)
        return way["run"]


def _complete(store: Store, segment_id: str, run: int) -> None:
    with store.transaction():
        segment = find(store, segment_id)
        if segment is not None and is_busy_with(segment, run):
            way = segment["calculation"]
            segment |= {"run": run, "result": way["result"], "last_calculated": way["now"], "calculation": None}
            segment["status"] = SegmentStatus.COMPLETED
            save(store, segment)


def _fail(jobs: Jobs, segment_id: str, message: str) -> None:
    added: list[int] = []
    with jobs.store.transaction():
        segment = find(jobs.store, segment_id)
        if segment is not None and segment["status"] in BUSY_STATUSES:
            segment, added = forget_result(jobs, segment)
            segment |= {"status": SegmentStatus.FAILED, "error_message": message}
            save(jobs.store, segment)
    for job in added:
        jobs.start(job)
