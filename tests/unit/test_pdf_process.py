"""PDFium in a process apart: in time, whatever the file, and however this process lives."""

from __future__ import annotations

import concurrent.futures
import math
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator

import pytest

from segur_interop import _pdf_worker
from segur_interop._pdf_process import Damaged, DrawingFailed, Late, drawing
from segur_interop.findings import Verdict
from segur_interop.ins import scan

CAPS = {"dpi": 72, "pixels": 10_000_000, "side": 10_000}


def pdf(content: bytes = b"", pages: int = 1, box: bytes = b"90 50") -> bytes:
    """Pages with this content, of 90 x 50 points by default."""
    kids = b" ".join(b"%d 0 R" % number for number in range(4, 4 + pages))
    packed = zlib.compress(content)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages),
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream\n" % (len(packed), packed),
        *[b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s]/Contents 3 0 R>>" % box] * pages,
    ]
    body = b"".join(b"%d 0 obj%sendobj\n" % item for item in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF"


BLACK = b"0 0 90 25 re f"
ENDLESS = pdf(b"0 0 2000 2000 re f\n" * 1_000_000, pages=2, box=b"2000 2000")


def soon(seconds: float = 60.0) -> float:
    return time.monotonic() + seconds


@pytest.fixture(autouse=True)
def no_worker() -> Iterator[None]:
    _pdf_worker._end_all()
    yield
    _pdf_worker._end_all()


@pytest.fixture(params=["apart", "here"])
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "here":
        monkeypatch.setattr(sys, "frozen", True, raising=False)
    return request.param


def test_a_page_is_drawn_in_grey_from_its_top(where: str) -> None:
    with drawing(pdf(BLACK, pages=2), deadline=soon()) as document:
        assert document.count == 2
        assert document.is_bounded is (where == "apart")
        page = document.page(2, **CAPS)
    assert (page.width, page.height, page.dpi) == (90, 50, 72)
    assert page.grey == b"\xff" * 90 * 25 + b"\0" * 90 * 25


def test_a_part_of_a_page_is_drawn_alone(where: str) -> None:
    with drawing(pdf(BLACK), deadline=soon()) as document:
        page = document.page(1, **CAPS, zone=(10, 20, 30, 10))
        corner = document.page(1, **CAPS, zone=(60, 30, 30, 20))
    assert (page.width, page.height) == (30, 10)
    assert page.grey == b"\xff" * 30 * 5 + b"\0" * 30 * 5
    assert corner.grey == b"\xff" * 30 * 20


def test_a_look_holds_the_picture_in_colour_and_a_digest_of_the_text(where: str) -> None:
    with drawing(pdf(b"1 0 0 rg " + BLACK), deadline=soon()) as document:
        look = document.look(1, **CAPS)
    assert (look.size, look.width, look.height) == ((90, 50), 90, 50)
    assert look.rgb == b"\xff" * 3 * 90 * 25 + b"\xff\0\0" * 90 * 25
    assert (look.characters, len(look.digest)) == (0, 64)


def test_an_endless_look_is_late() -> None:
    with drawing(ENDLESS, deadline=soon(1.0)) as document, pytest.raises(Late):
        document.look(1, **CAPS)


def test_a_page_is_drawn_within_its_caps(where: str) -> None:
    with drawing(pdf(), deadline=math.inf) as document:
        page = document.page(1, dpi=720, pixels=1000, side=30)
    assert page.width * page.height <= 1000
    assert max(page.width, page.height) <= 30
    assert page.dpi < 720


def test_a_file_that_is_none_is_damaged(where: str) -> None:
    with pytest.raises(Damaged, match="damaged"), drawing(b"%PDF-1.4", deadline=soon()):
        pass
    with drawing(pdf(), deadline=soon()) as document:
        assert document.count == 1


def test_a_page_that_cannot_be_drawn_costs_no_other(where: str) -> None:
    with drawing(pdf(BLACK), deadline=soon()) as document:
        with pytest.raises(DrawingFailed):
            document.page(7, **CAPS)
        assert document.page(1, **CAPS).width == 90


def test_an_endless_page_is_stopped_in_time() -> None:
    with drawing(pdf(BLACK), deadline=soon()) as document:
        document.page(1, **CAPS)
    start = time.monotonic()
    with drawing(ENDLESS, deadline=soon(1.0)) as document, pytest.raises(Late):
        document.page(1, **CAPS)
    assert time.monotonic() - start < 5
    with drawing(pdf(BLACK), deadline=soon()) as document:
        assert document.page(1, **CAPS).width == 90


def test_a_deadline_over_at_once_opens_nothing() -> None:
    with pytest.raises(Late), drawing(pdf(), deadline=soon(0)):
        pass


def test_a_page_asked_for_ahead_is_that_page(where: str) -> None:
    with drawing(pdf(BLACK), deadline=soon(), wait=False) as document:
        drawn = document.ahead(1, **CAPS, zone=(10, 20, 30, 10))
        assert drawn().grey == b"\xff" * 30 * 5 + b"\0" * 30 * 5
        assert document.page(1, **CAPS).width == 90
        with pytest.raises(DrawingFailed):
            document.ahead(7, **CAPS)()
        assert document.count == 1


def test_a_file_that_is_none_is_damaged_when_its_page_is_waited_for() -> None:
    served = set()
    for _ in range(3):
        with drawing(b"%PDF-1.4", deadline=soon(), wait=False) as document:
            served.add(document._worker.process.pid)
            drawn = document.ahead(1, **CAPS)
            with pytest.raises(Damaged, match="damaged"):
                drawn()
        with drawing(pdf(), deadline=soon()) as document:
            assert document.count == 1
    assert len(served) == 1


def test_a_page_asked_for_ahead_and_left_is_never_taken_for_the_next() -> None:
    with drawing(pdf(BLACK), deadline=soon(), wait=False) as document:
        document.ahead(1, **CAPS)
    with drawing(pdf(), deadline=soon()) as document:
        assert document.page(1, **CAPS).grey == b"\xff" * 90 * 50


def test_a_page_left_unread_after_the_count_is_never_taken_for_the_next() -> None:
    with drawing(pdf(BLACK), deadline=soon(), wait=False) as document:
        document.ahead(1, **CAPS)
        assert document.count == 1
    with drawing(pdf(), deadline=soon()) as document:
        assert document.page(1, **CAPS).grey == b"\xff" * 90 * 50


def test_a_page_left_unread_is_never_taken_for_another_of_its_document() -> None:
    with drawing(pdf(BLACK), deadline=soon()) as document:
        left = document._worker.process
        document.ahead(1, **CAPS)
        assert document.page(1, **CAPS, zone=(0, 0, 7, 5)).width == 7
        assert left.wait(timeout=10) is not None


def test_each_of_two_pages_asked_for_ahead_is_that_page() -> None:
    """The second is not drawn ahead: its answer could be taken for that of the first."""
    for order in ((0, 1), (1, 0)):
        with drawing(pdf(BLACK, pages=2), deadline=soon()) as document:
            small, whole = (
                document.ahead(1, **CAPS, zone=(10, 20, 30, 10)),
                document.ahead(2, **CAPS),
            )
            asked = ((small, (30, 10)), (whole, (90, 50)))
            for wait, size in (asked[index] for index in order):
                for _ in range(2):
                    drawn = wait()
                    assert (drawn.width, drawn.height) == size


def test_a_page_asked_for_ahead_and_left_beside_another_reaches_no_other_document() -> None:
    for _ in range(3):
        with drawing(pdf(BLACK, pages=2), deadline=soon()) as document:
            first, _ = document.ahead(1, **CAPS), document.ahead(7, **CAPS)
            assert first().width == 90
        with drawing(pdf(box=b"30 10"), deadline=soon()) as document:
            assert (document.count, document.page(1, **CAPS).width) == (1, 30)


def test_a_page_may_be_asked_for_ahead_after_a_crash() -> None:
    with drawing(pdf(BLACK, pages=2), deadline=soon()) as document:
        document._worker.process.kill()
        with pytest.raises(DrawingFailed):
            document.page(1, **CAPS)
        assert document.ahead(2, **CAPS)().width == 90


def test_what_is_asked_of_a_damaged_file_goes_to_no_other_document() -> None:
    """Its process serves the next one."""
    with drawing(b"%PDF-1.4 no", deadline=soon(), wait=False) as damaged:
        with pytest.raises(Damaged):
            damaged.count  # noqa: B018 (a property that waits)
        with drawing(pdf(BLACK), deadline=soon()) as document:
            wait = damaged.ahead(1, **CAPS)
            for ask in (wait, lambda: damaged.page(1, **CAPS), lambda: damaged.count):
                with pytest.raises(Damaged):
                    ask()
            assert (document.count, document.page(1, **CAPS).width) == (1, 90)


def test_where_the_kept_process_ended_and_none_can_be_started_pages_are_drawn_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with drawing(pdf(BLACK), deadline=soon()):
        pass
    (kept,) = _pdf_worker._idle
    monkeypatch.setattr(kept.process, "poll", lambda: None)  # it ends once it was taken
    os.kill(kept.process.pid, signal.SIGKILL)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with drawing(pdf(BLACK), deadline=soon()) as document:
        assert not document.is_bounded
        assert document.page(1, **CAPS).width == 90


def test_a_page_asked_of_a_process_that_had_ended_is_asked_again() -> None:
    with drawing(pdf(), deadline=soon()) as document:
        document.page(1, **CAPS)
        worker = document._worker
    worker.process.kill()
    with drawing(pdf(BLACK), deadline=soon(), wait=False) as document:
        assert document.ahead(1, **CAPS)().grey[-1:] == b"\0"


def test_an_endless_page_asked_for_ahead_is_stopped_in_time() -> None:
    start = time.monotonic()
    with drawing(ENDLESS, deadline=soon(1.0), wait=False) as document:
        drawn = document.ahead(1, **CAPS)
        with pytest.raises(Late):
            drawn()
    assert time.monotonic() - start < 5


def test_a_large_file_is_sent_whole(where: str) -> None:
    padded = pdf(BLACK) + b"\n%" + b"x" * 5_000_000
    with drawing(padded, deadline=soon(), wait=False) as document:
        assert document.ahead(1, **CAPS)().width == 90


@pytest.mark.parametrize("inherited", ["SIG_UNBLOCK", "SIG_BLOCK"])
def test_an_orphan_that_draws_ends_by_itself(inherited: str) -> None:
    """Even where the parent takes its signals in a thread of its own, blocked everywhere else."""
    code = f"import signal; signal.pthread_sigmask(signal.{inherited}, {{signal.SIGALRM}})\n"
    code += "import time; from segur_interop._pdfium import _ending_after, _prepare; _prepare()\n"
    code += "with _ending_after(0.2): time.sleep(20)"
    start = time.monotonic()
    run = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert run.returncode != 0
    assert time.monotonic() - start < 15


def test_an_endless_page_is_a_scan_that_is_incomplete() -> None:
    start = time.monotonic()
    scanned = scan(ENDLESS, time_limit=3)
    assert time.monotonic() - start < 8
    assert scanned.report().verdict is Verdict.INCOMPLETE
    assert "page 1" in str(scanned.report())


def test_where_no_process_can_be_started_the_scan_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_pdf_worker, "_BOOT", "import sys; sys.exit('no')")
    scanned = scan(pdf(BLACK))
    assert [finding.rule for finding in scanned.findings] == ["ins.scan.time-limit"]


def test_a_process_that_crashes_is_started_again() -> None:
    with drawing(pdf(BLACK, pages=2), deadline=soon()) as document:
        document._worker.process.kill()
        with pytest.raises(DrawingFailed) as caught:
            document.page(1, **CAPS)
        assert not isinstance(caught.value, Late)
        assert document.page(2, **CAPS).width == 90


def test_the_same_process_serves_the_next_document() -> None:
    served = set()
    for content in (BLACK, b"", BLACK):
        with drawing(pdf(content), deadline=soon()) as document:
            document.page(1, **CAPS)
            served.add(document._worker.process.pid)
    assert len(served) == 1


def test_a_process_that_ended_meanwhile_is_replaced() -> None:
    for end in ("kill", "terminate"):
        with drawing(pdf(), deadline=soon()) as document:
            worker = document._worker
        getattr(worker.process, end)()
        if end == "terminate":
            worker.process.wait()
        with drawing(pdf(), deadline=soon()) as document:
            assert document.page(1, **CAPS).width == 90


def test_threads_draw_at_the_same_time_and_few_processes_stay() -> None:
    def draw(shade: int) -> bytes:
        with drawing(pdf(b"%.1f g " % (shade / 10) + BLACK), deadline=soon()) as document:
            return document.page(1, **CAPS).grey[-1:]

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        shades = list(pool.map(draw, [number % 10 for number in range(24)]))
    assert shades == [draw(number % 10) for number in range(24)]
    assert len(set(shades)) == 10
    assert 1 <= len(_pdf_worker._idle) <= _pdf_worker._KEPT


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_fork_scans_whatever_its_parent_was_doing() -> None:
    code = f"""
import os, signal, threading, time
from segur_interop import _pdf_worker, _pdfium
from segur_interop.ins import scan
data = {pdf(BLACK)!r}
scan(data)
_pdfium.PDFIUM.__enter__()
_pdf_worker._idle_lock.acquire()
pid = os.fork()
if pid == 0:
    signal.alarm(60)
    with _pdfium.PDFIUM:
        ok = scan(data).findings == ()
    os._exit(0 if ok else 1)
_pdfium.PDFIUM.__exit__()
_pdf_worker._idle_lock.release()
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
assert scan(data).findings == ()
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=120)


def test_no_process_outlives_its_parent() -> None:
    code = f"""
from segur_interop import _pdf_worker
from segur_interop.ins import scan
scan({pdf(BLACK)!r})
print(_pdf_worker._idle[0].process.pid)
"""
    run = [sys.executable, "-W", "error", "-c", code]
    pid = int(subprocess.run(run, check=True, capture_output=True, timeout=120).stdout)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
