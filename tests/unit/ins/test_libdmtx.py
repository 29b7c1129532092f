from __future__ import annotations

import json
import subprocess
import sys
import threading

import pytest
import symbols
from symbols import PAYLOAD

from segur_interop.errors import MissingDependency
from segur_interop.ins import _decoders, _dmtx_worker, _encoders, _libdmtx
from segur_interop.ins._decoders import DecoderFailed, by_libdmtx
from segur_interop.ins._pages import Page

NO_CORE = "import os, resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))"
STAND_INS = "distutils", "distutils.version", "setuptools", "pkg_resources"


@pytest.fixture
def libdmtx() -> None:
    try:
        _libdmtx.load()
    except MissingDependency as error:
        pytest.skip(str(error))


def in_a_new_process(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, check=True, text=True
    )
    return done.stdout.strip()


def page_of(image) -> Page:
    image = image.convert("L")
    return Page(1, image.width, image.height, image.tobytes())


@pytest.fixture
def page() -> Page:
    return page_of(symbols.image_of(_encoders.by_ppf(PAYLOAD)))


@pytest.mark.usefixtures("libdmtx")
def test_loading_needs_no_distutils_and_leaves_nothing_under_its_name() -> None:
    # None in sys.modules makes an import fail, as on Python 3.12 without setuptools
    loaded = in_a_new_process(
        "import sys; sys.modules['distutils'] = None; sys.modules['setuptools'] = None\n"
        "from segur_interop.ins import _libdmtx\n"
        "print(_libdmtx.load().encode(b'A').width > 0)\n"
        "print([name for name in sys.modules if name.startswith('distutils')])\n"
        "del sys.modules['distutils'], sys.modules['setuptools']\n"
        f"print([name for name in {STAND_INS!r} if name in sys.modules])\n"
        "from pylibdmtx.pylibdmtx import decode, encode\n"  # the caller's own use goes on
        "import pylibdmtx.wrapper; print(pylibdmtx.wrapper.dmtxVersion() > '0')"
    )
    assert loaded.split("\n") == ["True", "['distutils']", "[]", "True"]


@pytest.mark.usefixtures("libdmtx")
def test_many_threads_may_load_it_at_once() -> None:
    loaded = in_a_new_process(
        "import threading\n"
        "from segur_interop.ins import _libdmtx\n"
        "seen = []\n"
        "threads = [threading.Thread(target=lambda: seen.append(_libdmtx.load()))"
        " for _ in range(8)]\n"
        "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
        "print(len(seen), len(set(map(id, seen))))"
    )
    assert loaded == "8 1"


@pytest.mark.usefixtures("libdmtx")
def test_threads_may_encode_at_once() -> None:
    drawn: list[object] = []
    threads = [
        threading.Thread(target=lambda: drawn.append(_encoders.by_libdmtx(PAYLOAD)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drawn == [_encoders.by_ppf(PAYLOAD)] * 8


@pytest.mark.parametrize(
    "absence",
    [
        "import sys; sys.modules['pylibdmtx'] = None",
        "import ctypes.util; ctypes.util.find_library = lambda name: None",
        "import ctypes.util; ctypes.util.find_library = lambda name: 'libnowhere.so.9'",
        "import ctypes.util; ctypes.util.find_library = lambda name: 'libc.so.6'",
    ],
    ids=["no-binding", "no-library", "library-not-loadable", "library-without-the-functions"],
)
def test_what_is_absent_is_said_with_what_to_install(absence: str) -> None:
    said = in_a_new_process(
        f"{absence}\n"
        "import sys\n"
        "from segur_interop.errors import MissingDependency\n"
        "from segur_interop.ins import _encoders, _libdmtx\n"
        "for _ in range(2):\n"  # a failed load leaves no half-made module behind
        "    try:\n"
        "        _libdmtx.load()\n"
        "    except MissingDependency as error:\n"
        "        print('libdmtx-dev' in str(error), 'pylibdmtx.wrapper' in sys.modules)\n"
        f"print(_encoders.matrix({PAYLOAD!r}) == _encoders.by_ppf({PAYLOAD!r}))"
    )
    assert said.split("\n") == ["True False", "True False", "True"]


@pytest.mark.parametrize(
    ("less", "more"), [("0.7.4", "0.7.5"), ("0.7.5", "0.7.10"), ("0.7", "0.7.5")]
)
def test_versions_compare_by_number(less: str, more: str) -> None:
    assert _libdmtx.LooseVersion(less) < _libdmtx.LooseVersion(more)
    assert not _libdmtx.LooseVersion(more) < _libdmtx.LooseVersion(less)


@pytest.mark.usefixtures("libdmtx")
def test_the_process_apart_reads_the_symbol_and_its_place(page: Page) -> None:
    (found,) = by_libdmtx(page, seconds=10)
    assert found.payload == PAYLOAD.encode()
    assert not found.gs1
    for value, side in ((0, page.width), (1, page.height)):
        places = [corner[value] for corner in found.corners]
        assert min(places) == pytest.approx(10, abs=3)
        assert max(places) == pytest.approx(side - 10, abs=3)


@pytest.mark.usefixtures("libdmtx")
@pytest.mark.parametrize("corner", range(4))
def test_an_ins_is_preferred_to_another_data_matrix(corner: int) -> None:
    from PIL import Image

    post = symbols.image_of(_encoders.by_ppf("%00X POSTAGE 1234567890"), pixels=8)
    other = symbols.image_of(_encoders.by_ppf(PAYLOAD))
    sheet = Image.new("L", (900, 900), 255)
    for rank, place in enumerate([(100, 100), (100, 600), (600, 100), (600, 600)]):
        sheet.paste(other if rank == corner else post, place)
    (found,) = by_libdmtx(page_of(sheet), seconds=10)
    assert found.payload == PAYLOAD.encode()


@pytest.mark.usefixtures("libdmtx")
def test_a_page_without_symbol_has_none() -> None:
    assert by_libdmtx(Page(1, 60, 60, b"\xff" * 3600), seconds=10) == []


@pytest.mark.usefixtures("libdmtx")
def test_a_large_page_is_also_searched_at_full_resolution() -> None:
    from PIL import Image

    # 3 pixels a module: half of that reads nothing
    small = symbols.image_of(_encoders.by_ppf(PAYLOAD), pixels=3)
    sheet = Image.new("L", (3000, 600), 255)
    sheet.paste(small, (1800, 200))
    (found,) = by_libdmtx(page_of(sheet), seconds=20)
    assert found.payload == PAYLOAD.encode()
    assert min(x for x, _ in found.corners) == pytest.approx(1806, abs=4)
    assert min(y for _, y in found.corners) == pytest.approx(206, abs=4)


@pytest.mark.parametrize(
    ("child", "reason"),
    [
        (f"{NO_CORE}; os.abort()", "abnormally"),
        ("import sys; sys.exit(3)", "abnormally"),
        (f"{NO_CORE}; import ctypes; ctypes.string_at(1)", "abnormally"),
        ("import time; time.sleep(60)", "time limit"),
        ("print('{}')", "no usable answer"),
        ("print('[1')", "no usable answer"),
        ('print(\'{"found": {"payload": "zz", "corners": []}}\')', "no usable answer"),
        ('print(\'{"found": {"payload": "00", "corners": 1}}\')', "no usable answer"),
    ],
)
def test_whatever_happens_to_the_process_the_caller_lives(
    child: str, reason: str, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_decoders, "_BOOT", child)
    monkeypatch.setattr(_decoders, "_GRACE", 0.2)
    with pytest.raises(DecoderFailed, match=reason):
        by_libdmtx(page, seconds=1)


def test_an_interpreter_that_is_no_more_is_a_failure_told(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(DecoderFailed, match="cannot be started"):
        by_libdmtx(page, seconds=1)


@pytest.mark.parametrize(("name", "value"), [("executable", ""), ("frozen", True)])
def test_an_application_that_is_its_own_executable_starts_no_copy_of_itself(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, name, value, raising=False)
    assert not _decoders.has_libdmtx()


@pytest.mark.usefixtures("libdmtx")
def test_the_process_leaves_no_core_file_and_answers_in_one_line(page: Page) -> None:
    request = json.dumps({"width": page.width, "height": page.height, "seconds": 5}).encode()
    code = (
        "from segur_interop.ins._dmtx_worker import main; main(); "
        "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    pytest.importorskip("resource")
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=request + b"\n" + page.grey,
        capture_output=True,
        check=True,
    )
    answer, limit = done.stdout.splitlines()
    assert json.loads(answer)["found"]["payload"] == PAYLOAD.encode().hex()
    assert limit == b"(0, 0)"
    assert done.stderr == b""


# Codewords: 232 FNC1, 241 ECI, 233 structured append; a Shift 2 then 27 is FNC1 within C40.
ODD = {
    "separators-fnc1": symbols.ascii_codewords(PAYLOAD, separator=232),
    "gs1": [232, *symbols.ascii_codewords(PAYLOAD)],
    "gs1-separators-fnc1": [232, *symbols.ascii_codewords(PAYLOAD, separator=232)],
    "eci": [241, 27, *symbols.ascii_codewords(PAYLOAD)],
    "structured-append": [233, 17, 1, 1, *symbols.ascii_codewords(PAYLOAD)],
}


@pytest.mark.usefixtures("libdmtx")
@pytest.mark.parametrize("name", ODD)
def test_fnc1_is_read_as_gs_and_never_dropped(name: str) -> None:
    page = page_of(symbols.image_of(symbols.matrix_of(ODD[name])))
    (found,) = by_libdmtx(page, seconds=10)
    if name in ("eci", "structured-append"):
        assert found.payload != PAYLOAD.encode()  # refused by the grammar
    else:
        assert found.payload == PAYLOAD.encode()
        assert found.gs1 is name.startswith("gs1")


def test_the_worker_marks_what_the_format_does() -> None:
    assert PAYLOAD.encode().startswith(_dmtx_worker._MARK)
