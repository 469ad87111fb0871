"""The keeper and its workers: they are replaced when they end, end with their owner, and have no way out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest
from serving import ENDLESS, GREEDY, NUMBERED, ROWS_WITHOUT_END, children_of, wait_until

from mesmart_kg import formats
from mesmart_kg.engine import Limits, Terms
from mesmart_kg.engine.embedded import EmbeddedEngine
from mesmart_kg.errors import (
    EngineUnavailable,
    MesmartError,
    QueryError,
    QueryTimeout,
    QueryTooLarge,
    ReleaseDamaged,
)
from mesmart_kg.release import Release

from .conftest import LIMITS

# A query that takes long enough to be caught in the midst of.
SLOW = """SELECT (COUNT(*) AS ?n) {
  ?a <http://www.w3.org/2004/02/skos/core#prefLabel> ?b . FILTER(STRSTARTS(STR(?a), "https://w3id.org/city-communities/id/number/"))
  ?c <http://www.w3.org/2004/02/skos/core#prefLabel> ?d . FILTER(STRSTARTS(STR(?c), "https://w3id.org/city-communities/id/number/"))
}"""


def is_alive(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def busy(engine: EmbeddedEngine) -> int:
    return engine.status().busy


def private_bytes(process_id: int) -> int:
    for line in Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty"):
            return int(line.split()[1]) * 1024
    return 0


def test_the_keeper_has_no_threads_to_lose_by_a_fork(embedded: EmbeddedEngine) -> None:
    assert len(list(Path(f"/proc/{embedded.process_id}/task").iterdir())) == 1


def test_a_worker_has_no_room_for_a_socket_or_a_file_while_it_answers(small_release: Release) -> None:
    """Even a call that no check had found could not be made: the limit on open files leaves no room."""
    engine = EmbeddedEngine(small_release.id, small_release.path, workers=1, limits=LIMITS)
    try:
        answer = engine.answer(ROWS_WITHOUT_END, formats.RESULTS_CSV)
        (worker,) = children_of(engine.process_id)
        limits = Path(f"/proc/{worker}/limits").read_text().splitlines()
        most = next(int(line.split()[3]) for line in limits if line.startswith("Max open files"))
        opened = {int(path.name) for path in Path(f"/proc/{worker}/fd").iterdir()}
        answer.close()
    finally:
        engine.close()

    assert set(range(most)) <= opened


def test_others_are_served_while_one_query_never_ends(embedded: EmbeddedEngine) -> None:
    failures: list[Exception] = []

    def ask_without_end() -> None:
        try:
            embedded.select(ENDLESS)
        except QueryError as error:
            failures.append(error)

    thread = threading.Thread(target=ask_without_end)
    thread.start()
    assert wait_until(lambda: busy(embedded) == 1)
    answered = 0
    while thread.is_alive():
        answered += embedded.ask("ASK {}")
    thread.join()

    assert answered > 1
    assert isinstance(failures[0], QueryTimeout)


def test_memory_comes_back_when_a_greedy_query_is_ended(small_release: Release) -> None:
    limits = Limits(seconds=30, memory=64 * 1024 * 1024)
    engine = EmbeddedEngine(small_release.id, small_release.path, workers=1, limits=limits)
    try:
        before = children_of(engine.process_id)
        with pytest.raises(QueryTooLarge) as caught:
            engine.select(GREEDY)
        assert engine.ask("ASK {}")
        after = children_of(engine.process_id)
        taken = sum(private_bytes(each) for each in after)
    finally:
        engine.close()

    assert caught.value.limit == "memory"
    assert not set(before) & set(after)
    assert taken < 64 * 1024 * 1024


def test_a_client_that_leaves_ends_its_query(embedded: EmbeddedEngine) -> None:
    answer = embedded.answer(ROWS_WITHOUT_END, formats.RESULTS_CSV)
    next(answer)
    assert busy(embedded) == 1

    answer.close()

    assert wait_until(lambda: busy(embedded) == 0)
    assert embedded.ask("ASK {}")


def test_a_coroutine_that_is_cancelled_while_nothing_comes_ends_its_query(embedded: EmbeddedEngine) -> None:
    async def ask_and_leave() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(embedded.stream(ENDLESS, formats.RESULTS_JSON), 0.2)

    asyncio.run(ask_and_leave())

    assert wait_until(lambda: busy(embedded) == 0)


def test_a_coroutine_that_is_cancelled_while_it_waits_gives_up_its_place(small_release: Release) -> None:
    engine = EmbeddedEngine(small_release.id, small_release.path, workers=1, limits=LIMITS)

    async def wait_and_leave() -> int:
        first = asyncio.create_task(engine.stream(ENDLESS, formats.RESULTS_JSON))
        await asyncio.sleep(0.1)
        second = asyncio.create_task(engine.stream(ENDLESS, formats.RESULTS_JSON))
        await asyncio.sleep(0.1)
        waiting = engine.status().waiting
        for task in (second, first):
            task.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        return waiting

    try:
        assert asyncio.run(wait_and_leave()) == 1
        assert engine.status().waiting == 0
        assert engine.ask("ASK {}")
    finally:
        engine.close()


def test_clients_take_turns_for_the_one_worker(small_release: Release) -> None:
    engine = EmbeddedEngine(
        small_release.id, small_release.path, workers=1, limits=Limits(seconds=10, queue=64)
    )
    finished: list[str] = []

    async def ask(client: str) -> None:
        answer = await engine.stream("ASK {}", formats.RESULTS_JSON, terms=Terms(client))
        async for _part in answer:
            pass
        finished.append(client)

    async def crowd() -> None:
        holder = await engine.stream(ROWS_WITHOUT_END, formats.RESULTS_CSV, terms=Terms("holder"))
        tasks = [asyncio.create_task(ask("greedy")) for _ in range(20)]
        await asyncio.sleep(0)
        tasks.append(asyncio.create_task(ask("modest")))
        await asyncio.sleep(0)
        await holder.aclose()
        await asyncio.gather(*tasks)

    try:
        asyncio.run(crowd())
    finally:
        engine.close()

    assert finished.index("modest") <= 2


def test_a_deadline_of_ones_own_counts_where_it_is_shorter(embedded: EmbeddedEngine) -> None:
    with pytest.raises(QueryTimeout) as caught:
        embedded.select(ENDLESS, terms=Terms(seconds=0.2))
    with pytest.raises(QueryTimeout) as longer:
        embedded.select(ENDLESS, terms=Terms(seconds=60))

    assert (caught.value.seconds, longer.value.seconds) == (0.2, LIMITS.seconds)


def test_a_query_whose_worker_is_killed_before_it_answers_is_asked_once_more(small_release: Release) -> None:
    engine = EmbeddedEngine(small_release.id, small_release.path, workers=1, limits=LIMITS)
    outcomes: list[object] = []

    def ask() -> None:
        try:
            outcomes.append(engine.select(SLOW).rows[0]["n"].value)
        except MesmartError as error:
            outcomes.append(error)

    thread = threading.Thread(target=ask)
    try:
        (worker,) = children_of(engine.process_id)
        thread.start()
        assert wait_until(lambda: busy(engine) == 1)
        os.kill(worker, signal.SIGKILL)
        thread.join()
    finally:
        engine.close()

    assert outcomes == [str(NUMBERED * NUMBERED)]
    assert engine.process_id


def test_an_idle_worker_that_is_killed_is_replaced_unnoticed(small_release: Release) -> None:
    engine = EmbeddedEngine(small_release.id, small_release.path, workers=1, limits=LIMITS)
    try:
        (worker,) = children_of(engine.process_id)
        os.kill(worker, signal.SIGKILL)
        assert engine.ask("ASK {}")
        assert children_of(engine.process_id) != [worker]
    finally:
        engine.close()


def test_rows_are_counted_where_the_format_tells(embedded: EmbeddedEngine) -> None:
    query = "SELECT ?s ?o { ?s ?p ?o } LIMIT 1234"
    counts = {}
    for each in (*formats.RESULT_FORMATS, formats.NTRIPLES):
        text = query.replace("SELECT ?s ?o", "CONSTRUCT") if each is formats.NTRIPLES else query
        text = text.replace("CONSTRUCT", "CONSTRUCT { ?s ?p ?o } WHERE") if each is formats.NTRIPLES else text
        answer = embedded.answer(text, each)
        assert b"".join(answer)
        counts[each.name] = answer.rows

    assert counts == {"json": 1234, "xml": 1234, "csv": None, "tsv": 1234, "nt": 1234}


def test_an_answer_whose_worker_is_killed_is_cut_and_not_complete(small_release: Release) -> None:
    engine = EmbeddedEngine(small_release.id, small_release.path, workers=1, limits=LIMITS)
    try:
        answer = engine.answer(ROWS_WITHOUT_END, formats.RESULTS_CSV)
        (worker,) = children_of(engine.process_id)
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(EngineUnavailable, match="cut off"):
            list(answer)
        assert engine.ask("ASK {}")
    finally:
        engine.close()


def test_a_deadline_passed_half_way_cuts_the_answer(small_release: Release) -> None:
    limits = Limits(seconds=0.5, size=1 << 40)
    engine = EmbeddedEngine(small_release.id, small_release.path, workers=1, limits=limits)
    try:
        answer = engine.answer(ROWS_WITHOUT_END, formats.RESULTS_CSV)
        with pytest.raises(EngineUnavailable, match="cut off"):
            for _part in answer:
                pass
    finally:
        engine.close()


def test_more_queries_than_may_wait_are_turned_away(small_release: Release) -> None:
    engine = EmbeddedEngine(
        small_release.id, small_release.path, workers=1, limits=Limits(seconds=2, queue=1)
    )
    outcomes: list[str] = []

    def ask() -> None:
        try:
            engine.select(ENDLESS)
        except (QueryError, EngineUnavailable) as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        engine.close()

    assert len(outcomes) == 4
    assert sum("too many queries" in outcome for outcome in outcomes) == 2


def test_closing_ends_every_process(small_release: Release) -> None:
    engine = EmbeddedEngine(small_release.id, small_release.path, workers=3)
    processes = [engine.process_id, *children_of(engine.process_id)]
    assert len(processes) == 4

    engine.close()
    engine.close()

    assert not any(is_alive(each) for each in processes)
    with pytest.raises(EngineUnavailable):
        engine.ask("ASK {}")


_OWNER = """
import sys, time
from pathlib import Path
from mesmart_kg.engine.embedded import EmbeddedEngine
engine = EmbeddedEngine(sys.argv[1], Path(sys.argv[2]), workers=2)
print(engine.process_id, flush=True)
time.sleep(600)
"""


def test_keeper_and_workers_die_with_an_owner_that_is_killed(small_release: Release) -> None:
    command = [sys.executable, "-c", _OWNER, small_release.id, str(small_release.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        keeper = int(owner.stdout.readline())
        processes = [keeper, *children_of(keeper)]
        owner.kill()

    assert len(processes) == 3
    assert wait_until(lambda: not any(is_alive(each) for each in processes))


def test_busy_workers_die_with_a_keeper_that_is_killed(small_release: Release) -> None:
    engine = EmbeddedEngine(small_release.id, small_release.path, workers=2)
    try:
        answer = engine.answer(ROWS_WITHOUT_END, formats.RESULTS_CSV)
        workers = children_of(engine.process_id)
        os.kill(engine.process_id, signal.SIGKILL)
        assert wait_until(lambda: not any(is_alive(each) for each in workers))
        with pytest.raises(EngineUnavailable, match="cut off"):
            list(answer)
    finally:
        engine.close()


def test_a_release_that_lacks_a_file_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(ReleaseDamaged):
        EmbeddedEngine("2026-11-22-00000000", tmp_path)


def test_a_keeper_that_was_killed_is_started_again(small_release: Release) -> None:
    news: list[str] = []
    engine = EmbeddedEngine(small_release.id, small_release.path, workers=1, tell=news.append)
    try:
        first = engine.process_id
        os.kill(first, signal.SIGKILL)
        assert wait_until(lambda: engine.process_id != first and _answers(engine))
        processes = [engine.process_id, *children_of(engine.process_id)]
    finally:
        engine.close()

    assert news == ["the engine has ended; it is started again"]
    assert not any(is_alive(each) for each in processes)


def _answers(engine: EmbeddedEngine) -> bool:
    try:
        return engine.ask("ASK {}")
    except EngineUnavailable:
        return False


def test_a_keeper_whose_release_has_gone_says_so(small_release: Release, tmp_path: Path) -> None:
    folder = tmp_path / small_release.id
    shutil.copytree(small_release.path, folder)
    news: list[str] = []
    engine = EmbeddedEngine(small_release.id, folder, workers=1, tell=news.append)
    try:
        shutil.rmtree(folder)
        os.kill(engine.process_id, signal.SIGKILL)
        assert wait_until(lambda: len(news) > 1)
        with pytest.raises(EngineUnavailable):
            engine.status()
        shutil.copytree(small_release.path, folder)
        assert wait_until(lambda: _answers(engine))
    finally:
        engine.close()

    assert "can't be loaded" in news[1]


def test_without_a_queue_an_idle_worker_still_answers(small_release: Release) -> None:
    engine = EmbeddedEngine(small_release.id, small_release.path, workers=1, limits=Limits(queue=0))
    try:
        assert engine.ask("ASK {}")
        assert wait_until(lambda: busy(engine) == 0)
        with (
            contextlib.closing(engine.answer(ROWS_WITHOUT_END, formats.RESULTS_CSV)),
            pytest.raises(EngineUnavailable, match="too many"),
        ):
            engine.ask("ASK {}")
    finally:
        engine.close()


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT ({'(' * 10_000}1{')' * 10_000} AS ?one) {{}}",
        f"SELECT * {'{' * 10_000}{'}' * 10_000}",
        f"ASK {{ FILTER({'!' * 20_000}true) }}",
    ],
    ids=["parentheses", "groups", "negations"],
)
def test_a_query_nested_too_deeply_is_its_own_fault(embedded: EmbeddedEngine, query: str) -> None:
    with pytest.raises(QueryTooLarge) as caught:
        embedded.ask(query)

    assert caught.value.limit == "depth"
    assert embedded.ask("ASK {}")


@pytest.mark.slow
def test_a_worker_that_is_stuck_is_ended_in_the_end(small_release: Release) -> None:
    engine = EmbeddedEngine(small_release.id, small_release.path, workers=1, limits=Limits(seconds=0.1))
    try:
        (worker,) = children_of(engine.process_id)
        os.kill(worker, signal.SIGSTOP)
        # Killed as stuck, and asked once more: the next worker answers.
        assert engine.ask("ASK {}")
        assert not is_alive(worker)
    finally:
        engine.close()


@pytest.mark.slow
def test_readers_that_read_nothing_are_cut_off_when_others_wait(small_release: Release) -> None:
    limits = Limits(seconds=4, patience=600, size=1 << 40)
    engine = EmbeddedEngine(small_release.id, small_release.path, workers=2, limits=limits)
    try:
        slow = [engine.answer(ROWS_WITHOUT_END, formats.RESULTS_CSV) for _ in range(2)]
        assert busy(engine) == 2
        assert engine.ask("ASK {}")
        assert wait_until(lambda: busy(engine) == 1)
        with pytest.raises(EngineUnavailable, match="cut off"):
            _read_all(slow)
        for answer in slow:
            answer.close()
    finally:
        engine.close()


def _read_all(answers: Iterable[Iterable[bytes]]) -> None:
    for answer in answers:
        for _part in answer:
            pass
