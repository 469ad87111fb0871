"""Files of sorted lines: equal to sorting in memory, whatever the memory; cuts that stay in place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesmart_kg.sorted_lines import cut_slices, merge_lines, merge_parts, read_slice, sort_lines

_lines = st.lists(
    st.text("ab<é\U0001f600 ", max_size=6).map(lambda text: text.encode() + b" x\n"), max_size=60
)


@given(lines=_lines, memory=st.sampled_from([1, 500, 10_000_000]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_sorting_gives_each_line_once_in_the_order_of_bytes(
    tmp_path: Path, lines: list[bytes], memory: int
) -> None:
    count = sort_lines(iter(lines), tmp_path / "sorted", memory=memory)
    assert (tmp_path / "sorted").read_bytes() == b"".join(sorted(set(lines)))
    assert count == len(set(lines))
    assert {path.name for path in tmp_path.iterdir()} == {"sorted"}


def test_more_lines_than_memory_are_sorted_in_parts(tmp_path: Path) -> None:
    lines = [f"<{number * 7919 % 50_000}> x\n".encode() for number in range(60_000)]
    assert sort_lines(lines, tmp_path / "sorted", memory=100_000) == 50_000
    assert (tmp_path / "sorted").read_bytes() == b"".join(sorted(set(lines)))


@given(runs=st.lists(_lines, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_merging_gives_what_sorting_everything_would(tmp_path: Path, runs: list[list[bytes]]) -> None:
    files = [tmp_path / str(number) for number in range(len(runs))]
    for file, lines in zip(files, runs, strict=True):
        file.write_bytes(b"".join(sorted(set(lines))))
    everything = sorted({line for lines in runs for line in lines})
    assert merge_lines(files, tmp_path / "merged") == len(everything)
    assert (tmp_path / "merged").read_bytes() == b"".join(everything)


def test_long_files_are_merged_piece_by_piece(tmp_path: Path) -> None:
    both = [f"<{number:07}> both\n".encode() for number in range(0, 40_000, 3)]
    ours = [f"<{number:07}> {'x' * 300}\n".encode() for number in range(40_000)]
    files = [tmp_path / "a", tmp_path / "b"]
    files[0].write_bytes(b"".join(sorted(both + ours)))
    files[1].write_bytes(b"".join(both))
    assert merge_lines(files, tmp_path / "merged") == len(both) + len(ours)
    assert (tmp_path / "merged").read_bytes() == b"".join(sorted(both + ours))


def test_more_files_than_may_be_open_are_merged_too(tmp_path: Path) -> None:
    for number in range(700):
        (tmp_path / str(number)).write_bytes(f"{number:04}\nx{number % 7}\n".encode())
    files = sorted(tmp_path.iterdir())
    assert merge_lines(files, tmp_path / "merged") == 707
    lines = (tmp_path / "merged").read_bytes().splitlines()
    assert lines == sorted(lines)
    assert len(lines) == len(set(lines)) == 707


def test_a_source_may_go_on_from_file_to_file(tmp_path: Path) -> None:
    for name, lines in (("a", b"1\n3\n"), ("b", b"4\n9\n"), ("c", b"2\n4\n")):
        (tmp_path / name).write_bytes(lines)
    parts = merge_parts([[tmp_path / "a", tmp_path / "b"], [tmp_path / "c"]])
    assert [line for part in parts for line in part] == [b"1\n", b"2\n", b"3\n", b"4\n", b"9\n"]


@pytest.mark.parametrize("wanted", [1, 10, 1000])
def test_slices_are_the_file_and_keep_subjects_whole(tmp_path: Path, wanted: int) -> None:
    path = _statements(tmp_path / "file", range(3000))
    parts = [read_slice(path, part) for part in cut_slices(path, wanted)]
    assert b"".join(line for part in parts for line in part) == path.read_bytes()
    subjects = [{line.split(b" ")[0] for line in part} for part in parts]
    assert sum(map(len, subjects)) == len(set().union(*subjects)) == 3000
    assert len(parts) > 3000 * 5 / wanted / 10


def test_a_new_subject_changes_the_slice_it_is_in_and_no_other(tmp_path: Path) -> None:
    before = _statements(tmp_path / "before", (n for n in range(5000) if n != 2500))
    after = _statements(tmp_path / "after", range(5000))
    slices = [
        {b"".join(read_slice(path, part)) for part in cut_slices(path, 200)} for path in (before, after)
    ]
    assert len(slices[0] - slices[1]) <= 1
    assert 1 <= len(slices[1] - slices[0]) <= 2


def test_a_file_of_one_subject_is_one_slice(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"".join(sorted(f"<a> <p> <{n}> .\n".encode() for n in range(1000))))
    assert cut_slices(path, 10) == [(0, path.stat().st_size)]
    path.write_bytes(b"")
    assert cut_slices(path) == []


def _statements(path: Path, numbers: range | object) -> Path:
    assert hasattr(numbers, "__iter__")
    path.write_bytes(b"".join(f"<{n:05}> <p{k}> <o> .\n".encode() for n in numbers for k in range(5)))
    return path
