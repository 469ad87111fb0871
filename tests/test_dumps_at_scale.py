"""The dumps made slice by slice are those made in one go: whatever the slices, kept or not, on any core."""

from __future__ import annotations

import csv
import gzip
import io
import multiprocessing
import zlib
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from pathlib import Path

import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain_dumps import NAMES, write, write_plainly
from pyld import jsonld

from mesmart_kg.dumps import write_dumps
from mesmart_kg.dumps.packing import Written, combine_crcs, pack, write_member
from mesmart_kg.namespaces import VOC, expand
from mesmart_kg.sorted_lines import sort_lines
from mesmart_kg.work_cache import WorkCache

ID = NAMES.base + "id/"
TYPE, LABEL, WITHIN = expand("rdf:type"), expand("skos:prefLabel"), expand("cc:within")
GEOMETRY, WKT = expand("geo:hasDefaultGeometry"), expand("geo:asWKT")


def quad(subject: str, predicate: str, value: str, graph: str = "source/one") -> bytes:
    return f"<{subject}> <{predicate}> {value} <{NAMES.base}graph/{graph}> .\n".encode()


def towns(count: int) -> list[bytes]:
    """Towns with names, regions and places; a second source tells of some, and something follows."""
    lines: list[bytes] = []
    for number in range(count):
        town, place = f"{ID}city/t-{number:05}", f"{ID}geometry/t-{number:05}"
        region = f"<{ID}region/r-{number % 7}>"
        lines += [
            quad(town, TYPE, f"<{expand('cc:City')}>"),
            quad(town, LABEL, f'"Città {number}, con accento"@it'),
            quad(town, expand("skos:altLabel"), f'"Town \\"{number}\\" | T\\t{number}"'),
            quad(town, WITHIN, region),
            quad(town, WITHIN, f"<{ID}country/it>", "inferred"),
            quad(town, GEOMETRY, f"<{place}>"),
            quad(place, WKT, f'"POINT({number % 180} 4.5)"^^<{expand("geo:wktLiteral")}>'),
            quad(town, expand("cc:population"), f'"{number}"^^<{expand("xsd:integer")}>'),
            quad(town, expand("rdfs:seeAlso"), f"<https://example.org/{'x' * 60}/{number}>"),
        ]
        if number % 50 == 0:
            lines.append(quad(town, LABEL, f'"Town {number}"@en', f"source/{number % 300}"))
    for number in range(7):
        lines.append(quad(f"{ID}region/r-{number}", LABEL, f'"Regione {number}"@it'))
        lines.append(quad(f"{ID}region/r-{number}", TYPE, f"<{expand('cc:Region')}>"))
    lines.append(quad(expand("cc:City"), expand("rdfs:label"), '"Città"@it', "ontology"))
    lines.append(quad(expand("shapes:City"), TYPE, f"<{expand('sh:NodeShape')}>", "shapes"))
    return lines


def unpack(folder: Path) -> dict[str, bytes]:
    """Return the contents of the files, but for those that ``write_plainly`` does not give."""
    return {
        path.name: gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in folder.iterdir()
        if path.name not in ("SHA256SUMS", "csv-metadata.json")
    }


def read_all(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# Names of which one begins another, in all the ways in which brackets and hyphens disagree.
_subjects = st.one_of(
    st.text("ab-/.0z", min_size=1, max_size=6).map(lambda name: f"{ID}city/{name}"),
    st.sampled_from([VOC + "roles/x", f"{NAMES.base}graph/inferred", "https://example.org/thing"]),
)
_literals = st.one_of(
    st.sampled_from(
        ['"=1"', '"a|b"', '"è"', '"Città"@it', '"City"@en', '"City"@en-GB', '"Stadt"@de', '""@it']
    ),
    st.sampled_from(
        [f'"{n}"^^<{expand(kind)}>' for n in ("-5", "x") for kind in ("xsd:integer", "xsd:gYear")]
    ),
    st.sampled_from(['"\\"\\\\\\n\\r\\t"', '"\\u0001 \U0001fffe"', '"POINT(1 2)"', '"point ( -1e1 +2.5 )"']),
)
_values = st.one_of(_literals, _subjects.map(lambda iri: f"<{iri}>"))
_classes = st.sampled_from(["cc:City", "cc:EventSeries", "schema:City", "prov:Entity"])
_quads = st.one_of(
    st.tuples(_subjects, st.just(TYPE), _classes.map(lambda name: f"<{expand(name)}>")),
    st.tuples(
        _subjects,
        st.sampled_from(
            [LABEL, WITHIN, GEOMETRY, WKT, expand("rdfs:label"), expand("dc:title"), expand("dcterms:title")]
        ),
        _values,
    ),
)
_graphs = st.sampled_from(["source/one", "source/two", "inferred", "ontology", "shapes", "alignment"])
_lines = st.lists(st.tuples(_quads, _graphs).map(lambda told: quad(*told[0], told[1])), max_size=60)


@given(lines=_lines, size=st.sampled_from([5, 20, 4096]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_any_facts_in_slices_of_any_size_give_what_is_written_in_one_go(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], size: int
) -> None:
    folder = tmp_path_factory.mktemp("dumps")
    dumps = write(folder, lines, lines=size)

    assert unpack(folder) == write_plainly(lines)
    assert {file.name: file.statements for file in dumps.files if file.is_compressed} == {
        name: count_statements(lines, name) for name in unpack(folder) if name.endswith(".gz")
    }


def count_statements(lines: list[bytes], name: str) -> int:
    plain = write_plainly(lines)
    part = {"default": "default.nt.gz", "dataset": "dataset.nq.gz", "inferred": "inferred.nt.gz"}
    return plain[part[name.split(".")[0]]].count(b"\n")


def test_large_and_small_graphs_in_many_slices_give_what_is_written_in_one_go(tmp_path: Path) -> None:
    lines = towns(500)
    write(tmp_path, lines, lines=1000)

    assert unpack(tmp_path) == write_plainly(lines)


def test_a_name_that_many_others_begin_with_has_its_row_before_theirs(tmp_path: Path) -> None:
    things = [f"{ID}city/a", *(f"{ID}city/a-{number:03}" for number in range(300)), f"{ID}city/a-1"]
    write(tmp_path, [quad(thing, TYPE, f"<{expand('cc:City')}>") for thing in things], lines=10)

    rows = list(csv.reader(io.StringIO((tmp_path / "city.csv").read_text("utf-8-sig"), newline="")))
    assert [iri for iri, _ in rows[1:]] == sorted(things)


def test_kept_work_gives_the_same_bytes_as_none(tmp_path: Path) -> None:
    before, kept = towns(300), tmp_path / "kept"
    after = [line.replace(b"Regione 3", b"Terza regione") for line in before if b"t-00077" not in line]
    write(tmp_path / "before", before, kept, lines=300)
    write(tmp_path / "after", after, kept, lines=300)
    write(tmp_path / "again", before, kept, lines=300)
    write(tmp_path / "alone", after, lines=300)

    assert read_all(tmp_path / "after") == read_all(tmp_path / "alone")
    assert read_all(tmp_path / "again") == read_all(tmp_path / "before")
    assert unpack(tmp_path / "after") == write_plainly(after)


def test_a_changed_line_makes_little_anew(tmp_path: Path) -> None:
    lines, kept = towns(500), tmp_path / "kept"
    write(tmp_path / "before", lines, kept, lines=300)
    made = set(kept.glob("*/*"))
    changed = [line.replace(b'"Citt\xc3\xa0 77,', b'"Nuova citt\xc3\xa0 77,') for line in lines]
    write(tmp_path / "after", changed, kept, lines=300)

    anew = set(kept.glob("*/*")) - made
    assert len(made) > 20
    # Its slice, the rows of that slice, and a block of small graphs.
    assert 2 <= len(anew) <= 3


def test_nothing_changed_makes_nothing_anew(tmp_path: Path) -> None:
    write(tmp_path / "before", towns(100), tmp_path / "kept")
    made = set((tmp_path / "kept").glob("*/*"))
    write(tmp_path / "after", towns(100), tmp_path / "kept")

    assert set((tmp_path / "kept").glob("*/*")) == made


@pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph):DeprecationWarning")
def test_readers_of_others_find_the_same_quads_in_every_file(tmp_path: Path) -> None:
    lines = towns(20)
    write(tmp_path, lines, lines=20)
    texts = {name: text.decode() for name, text in unpack(tmp_path).items()}

    trig = rdflib.Dataset().parse(data=texts["dataset.trig.gz"], format="trig")
    nquads = rdflib.Dataset().parse(data=texts["dataset.nq.gz"], format="nquads")
    assert set(trig.quads()) == set(nquads.quads())
    assert len(set(trig.quads())) == len(set(lines))
    # RDFC-1.0, as pyld has it; of the texts that it escapes otherwise there are none but tabs.
    options = {"algorithm": "URDNA2015", "format": "application/n-quads"}
    canonical = jsonld.normalize(jsonld.json.loads(texts["dataset.jsonld.gz"]), options)
    assert canonical.replace("\t", "\\t") == texts["dataset.nq.gz"]


@pytest.mark.slow
def test_processes_that_share_the_work_write_the_same_bytes(tmp_path: Path) -> None:
    lines = towns(500)
    alone = write(tmp_path / "alone", lines, lines=300)
    sort_lines(lines, tmp_path / "dataset.nq")
    told: list[tuple[int, int]] = []
    (tmp_path / "shared").mkdir()
    with (
        WorkCache.open(None) as cache,
        ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("forkserver")) as work,
    ):
        shared = write_dumps(
            tmp_path / "dataset.nq",
            NAMES,
            tmp_path / "shared",
            folder=tmp_path,
            cache=cache,
            work=work,
            progress=lambda done, total: told.append((done, total)),
            lines=300,
        )

    assert shared == alone
    assert read_all(tmp_path / "shared") == read_all(tmp_path / "alone")
    assert told == sorted(told), "progress never goes back"
    assert told[-1] == (100, 100)


@given(contents=st.lists(st.binary(max_size=70), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_blocks_make_one_gzip_member_of_all_contents(tmp_path: Path, contents: list[bytes]) -> None:
    path = tmp_path / "packed.gz"
    written = write_member(path, map(pack, contents), look_inside=True)
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    assert reader.decompress(path.read_bytes()) == b"".join(contents)
    assert (reader.eof, reader.unused_data) == (True, b"")
    content = write_member(path, [pack(b"".join(contents))], look_inside=True).content_sha256
    assert written.content_sha256 == content
    assert isinstance(written, Written)


@given(parts=st.lists(st.binary(max_size=300), max_size=6))
def test_the_crc_of_a_whole_is_found_from_those_of_its_parts(parts: list[bytes]) -> None:
    combined = reduce(lambda crc, part: combine_crcs(crc, zlib.crc32(part), len(part)), parts, 0)

    assert combined == zlib.crc32(b"".join(parts))


@given(
    st.lists(st.integers(0, 2**32 - 1), min_size=3, max_size=3),
    st.lists(st.integers(0, 2**40), min_size=2, max_size=2),
)
def test_it_does_not_matter_which_parts_are_put_together_first(crcs: list[int], lengths: list[int]) -> None:
    (first, second, third), (length, last) = crcs, lengths

    left = combine_crcs(combine_crcs(first, second, length), third, last)
    assert left == combine_crcs(first, combine_crcs(second, third, last), length + last)
