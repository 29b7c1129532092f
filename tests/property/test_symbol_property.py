"""Any identity: the same symbol from both encoders, the same text from both decoders."""

from __future__ import annotations

from datetime import date

import ecc200
import pytest
import symbols
from hypothesis import example, given, settings
from hypothesis import strategies as st

from segur_interop import ins
from segur_interop.errors import MissingDependency, SegurError
from segur_interop.ins import _decoders, _dmtx_worker, _encoders, _libdmtx
from segur_interop.ins._pages import Page
from segur_interop.ins.scan import Scan, scan

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
OIDS = ("1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.10")


def names() -> st.SearchStrategy[str]:
    """Words of A-Z joined by one space, hyphen or apostrophe, 100 characters at most."""
    word = st.text(LETTERS, min_size=1, max_size=14)
    return st.builds(
        lambda first, rest: (first + "".join(sum(rest, ())))[:100].rstrip(" -'"),
        word,
        st.lists(st.tuples(st.sampled_from(" -'"), word), max_size=12),
    )


def matricules() -> st.SearchStrategy[str]:
    body = st.from_regex(
        r"[12][0-9]{2}(0[1-9]|1[0-2])([0-8][0-9]|9[0-57-9]|2[AB])[0-9]{6}", fullmatch=True
    )
    return body.map(lambda number: number + ins.matricule_key(number))


def identities() -> st.SearchStrategy[ins.Identity]:
    return st.builds(
        lambda name, given, number, oid, born, sex, place: ins.Identity(
            birth_name=name,
            birth_given_names=given,
            birth_date=born,
            sex=sex,
            birth_place=place,
            matricule=ins.Matricule.parse(number, oid=oid),
            status=ins.IdentityStatus.QUALIFIEE,
        ),
        names(),
        names(),
        matricules(),
        st.sampled_from(OIDS),
        st.dates(date(1900, 1, 1), date(2099, 12, 31)),
        st.sampled_from([ins.Sex.M, ins.Sex.F]),
        st.sampled_from(["", "51215", "2A004", "99255"]),
    )


LONGEST = symbols.patient(birth_name="D'" * 49 + "AB", birth_given_names="L'" * 49 + "EZ")


@settings(max_examples=300)
@given(identity=identities())
@example(identity=symbols.patient())
@example(identity=LONGEST)
def test_a_symbol_is_the_same_from_both_encoders_and_reads_back_by_both_decoders(
    identity: ins.Identity,
) -> None:
    payload = ins.encode(identity)
    drawn = _encoders.by_ppf(payload)
    read = ecc200.read(ecc200.codewords(drawn))
    assert read.text == payload
    assert read.first_c40 >= len(payload) - 2
    image = symbols.image_of(drawn)
    scanned = scan(image)
    assert [found.payload for found in scanned.symbols] == [payload.encode()]
    assert scanned.identity is not None
    assert ins.encode(scanned.identity.adopt(ins.Evidence.IDENTITY_REPOSITORY)) == payload
    if _has_libdmtx():
        assert _encoders.by_libdmtx(payload) == drawn
        assert _by_libdmtx(image) == payload.encode()


def _has_libdmtx() -> bool:
    try:
        _libdmtx.load()
    except MissingDependency:
        return False
    return True


def _by_libdmtx(image) -> bytes | None:
    # in this process: three hundred of them would take a minute to start
    found = _dmtx_worker._search(
        _libdmtx.load_wrapper(), image.tobytes(), image.width, image.height, 1, 5.0
    )
    return found and found[0]


MARKS = [b"", b"%PDF-1.4\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"]


@settings(max_examples=200)
@given(data=st.binary(max_size=300), start=st.sampled_from(MARKS))
def test_arbitrary_bytes_are_a_scan_or_a_refusal(data: bytes, start: bytes) -> None:
    try:
        scanned = scan(start + data)
    except SegurError:
        return
    assert isinstance(scanned, Scan)
    assert not scanned


@settings(max_examples=100)
@given(
    words=st.lists(st.integers(1, 254), min_size=1, max_size=60),
    lead=st.sampled_from([[], symbols.ascii_codewords("IS0100000000000000")]),
)
def test_arbitrary_codewords_are_never_an_identity(words: list[int], lead: list[int]) -> None:
    assert not scan(symbols.image_of(symbols.matrix_of([*lead, *words])))


@settings(max_examples=60)
@given(flips=st.sets(st.integers(0, 38 * 38 - 1), max_size=120))
def test_a_damaged_symbol_reads_right_or_not_at_all(flips: set[int]) -> None:
    rows = [list(row) for row in _encoders.by_ppf(symbols.PAYLOAD)]
    for flip in flips:
        y, x = divmod(flip, 38)
        rows[y + 1][x + 1] ^= True
    image = symbols.image_of(tuple(map(tuple, rows)))
    expected = symbols.PAYLOAD.encode()
    assert all(found.payload == expected for found in scan(image).symbols)
    if _has_libdmtx():
        assert _by_libdmtx(image) in (None, expected)


@settings(max_examples=50)
@given(width=st.integers(1, 40), height=st.integers(1, 40), seed=st.randoms())
def test_any_small_image_is_survived_by_both_decoders(width: int, height: int, seed) -> None:
    page = Page(1, width, height, bytes(seed.randrange(256) for _ in range(width * height)))
    assert _decoders.by_zxing(page) == []


@pytest.mark.skipif(not _has_libdmtx(), reason="libdmtx is not installed")
@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 40), (7, 7), (3000, 1)])
def test_an_odd_image_is_survived_by_the_process_of_libdmtx(width: int, height: int) -> None:
    try:
        found = _decoders.by_libdmtx(Page(1, width, height, bytes(width * height)), seconds=0.5)
    except _decoders.DecoderFailed:
        return
    assert found == []
