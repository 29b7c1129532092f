"""The error tree: what the docstring draws is what exists, and every error travels."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from segur_interop import errors
from segur_interop.errors import MissingDependency, SegurError, ServiceRejected
from segur_interop.findings import Finding, Report, Severity

DRAWN = re.compile(r"^(?P<branch>[ │├└─]*)(?P<name>[A-Z]\w+)\b(?:.*\(is an? (?P<builtin>\w+)\))?")
CLASSES = {
    name: value
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, SegurError)
}


def drawn_tree() -> dict[str, tuple[str | None, str | None]]:
    """Name → (parent, builtin) as the docstring draws them."""
    tree: dict[str, tuple[str | None, str | None]] = {}
    ancestors: list[tuple[int, str]] = []
    block = inspect.cleandoc(errors.__doc__ or "").split("\n\n")[1]
    for line in block.splitlines():
        match = DRAWN.match(line)
        assert match, "an unreadable line in the drawn tree"
        depth = len(match["branch"])
        while ancestors and ancestors[-1][0] >= depth:
            ancestors.pop()
        tree[match["name"]] = (ancestors[-1][1] if ancestors else None, match["builtin"])
        ancestors.append((depth, match["name"]))
    return tree


def make(kind: type[SegurError]) -> SegurError:
    report = Report(
        name="made up", findings=(Finding(rule="x.y", message="m", severity=Severity.ERROR),)
    )
    extra = {"code": "siram_100"} if kind is ServiceRejected else {}
    error = kind("what went wrong", place="/a/b[2]", report=report, **extra)
    error.add_note("a note")
    return error


def test_the_docstring_draws_every_error_and_no_other() -> None:
    assert set(drawn_tree()) == set(CLASSES)


def test_the_docstring_draws_each_error_under_its_parent() -> None:
    real = {
        name: next((base.__name__ for base in kind.__bases__ if base.__name__ in CLASSES), None)
        for name, kind in CLASSES.items()
    }
    assert {name: parent for name, (parent, _) in drawn_tree().items()} == real


def test_the_docstring_names_the_builtin_that_each_error_also_is() -> None:
    real = {
        name: next(
            (
                base.__name__
                for base in kind.__bases__
                if base.__module__ == "builtins" and base is not Exception
            ),
            None,
        )
        for name, kind in CLASSES.items()
    }
    assert {name: builtin for name, (_, builtin) in drawn_tree().items()} == real


def test_every_error_is_exported() -> None:
    assert sorted(errors.__all__) == sorted(CLASSES)
    assert len(set(errors.__all__)) == len(errors.__all__)


def test_every_error_says_what_it_is() -> None:
    assert all(kind.__dict__.get("__doc__") for kind in CLASSES.values())


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)
@pytest.mark.parametrize(
    "travel",
    [
        copy.copy,
        copy.deepcopy,
        *(
            lambda error, protocol=protocol: pickle.loads(pickle.dumps(error, protocol))  # noqa: S301
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
    ],
    ids=["copy", "deepcopy", *(f"pickle{p}" for p in range(pickle.HIGHEST_PROTOCOL + 1))],
)
def test_an_error_travels_whole(kind: type[SegurError], travel) -> None:
    error = make(kind)
    arrived = travel(error)
    assert type(arrived) is kind
    assert str(arrived) == str(error) == "/a/b[2]: what went wrong"
    assert arrived.args == error.args
    assert vars(arrived) == vars(error)
    assert arrived.report == error.report
    assert arrived.__notes__ == ["a note"]


def test_errors_come_back_whole_from_a_process_pool() -> None:
    error = make(ServiceRejected)
    finding = Finding(rule="x.y", message="m", severity=Severity.ERROR)
    failed = Report(name="made up", findings=(finding,), error=errors.InvalidDocument)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        returned = pool.submit(copy.copy, error).result(timeout=60)
        raised = pool.submit(failed.raise_for_errors).exception(timeout=60)
    assert isinstance(returned, ServiceRejected)
    assert (returned.code, returned.place) == ("siram_100", "/a/b[2]")
    assert returned.report == error.report
    assert type(raised) is errors.InvalidDocument
    assert raised.report == failed


def test_a_missing_dependency_keeps_its_import_error_message_when_it_travels() -> None:
    arrived = pickle.loads(pickle.dumps(MissingDependency("install zint")))  # noqa: S301
    assert arrived.msg == "install zint"


def test_without_a_place_the_message_stands_alone() -> None:
    error = SegurError("nothing there")
    assert (str(error), error.place, error.report) == ("nothing there", "", None)


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.InvalidMatricule, ValueError),
        (errors.UnknownCode, ValueError),
        (errors.UnknownValueSet, LookupError),
        (errors.MissingDependency, ImportError),
        (errors.UnsupportedMessage, ValueError),
    ],
)
def test_a_caller_may_catch_the_builtin(kind: type[SegurError], builtin: type[Exception]) -> None:
    with pytest.raises(builtin):
        raise kind("no")
