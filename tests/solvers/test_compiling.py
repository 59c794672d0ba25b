"""A compiled loop is called as its Python function is, and works where nothing can be kept."""

from __future__ import annotations

import errno
import importlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from numba.core import caching, config

from roundlot.solvers.kernels import compiling
from roundlot.solvers.kernels.compiling import compiled


@compiled
def scaled(value: float, factor: float) -> float:
    return value * factor


def test_the_first_call_may_name_its_arguments() -> None:
    assert scaled(3.0, factor=0.5) == 1.5
    assert scaled(factor=4.0, value=0.25) == 1.0
    assert scaled(5.0, 2.0) == 10.0


@pytest.fixture
def loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Loads a module with one loop afresh; what Numba keeps is beside it."""
    source = tmp_path / "loops.py"
    source.write_text(
        "from roundlot.solvers.kernels.compiling import compiled\n\n\n"
        "@compiled\ndef doubled(value):\n    return 2.0 * value\n",
        "utf-8",
    )
    monkeypatch.setattr(config, "CACHE_DIR", "")

    def load() -> Any:
        spec = importlib.util.spec_from_file_location("loops", source)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.doubled

    return load


def test_a_loop_is_kept_and_found_again(loop) -> None:
    assert loop()(1.5) == 3.0
    again = loop()
    assert again(1.5) == 3.0
    assert sum(again.stats.cache_hits.values()) == 1


def test_without_any_place_a_loop_is_compiled_and_not_kept(loop, monkeypatch) -> None:
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    assert loop()(1.5) == 3.0


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_a_full_disk_ends_no_work(loop, monkeypatch, number: int) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(caching.IndexDataCacheFile, "_save_data", refuse)
    assert loop()(1.5) == 3.0


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("left", [0, 40])
def test_half_a_file_is_forgotten_and_kept_anew(loop, tmp_path: Path, kind: str, left: int) -> None:
    assert loop()(1.5) == 3.0
    (file,) = tmp_path.rglob(f"*.{kind}")
    file.write_bytes(file.read_bytes()[:left])
    assert loop()(1.5) == 3.0
    again = loop()
    assert again(1.5) == 3.0
    assert sum(again.stats.cache_hits.values()) == 1


CALLER = """from pieces import FACTOR, piece
from roundlot.solvers.kernels.compiling import compiled


@compiled
def whole(value):
    return FACTOR * piece(value)
"""
CALLED = """from roundlot.solvers.kernels.compiling import compiled

FACTOR = {}


@compiled
def piece(value):
    return value + {}
"""


def test_a_loop_follows_the_loops_and_numbers_of_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade leaves what Numba kept, and Numba looks at the file of the caller alone."""
    monkeypatch.setattr(config, "CACHE_DIR", "")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "wholes.py").write_text(CALLER, "utf-8")
    for factor, added in ((2.0, 1.0), (2.0, 7.0), (3.0, 7.0)):
        (tmp_path / "pieces.py").write_text(CALLED.format(factor, added), "utf-8")
        for name in ("pieces", "wholes"):
            sys.modules.pop(name, None)
        compiling._source.cache_clear()
        importlib.invalidate_caches()
        assert importlib.import_module("wholes").whole(10.0) == factor * (10.0 + added)
        assert len(list(tmp_path.rglob("wholes.whole*.nbc"))) == 1
    for name in ("pieces", "wholes"):
        sys.modules.pop(name, None)


def test_a_stop_between_index_and_code_leaves_no_older_code(loop, tmp_path, monkeypatch) -> None:
    assert loop()(1.5) == 3.0
    source = tmp_path / "loops.py"
    source.write_text(source.read_text("utf-8").replace("2.0", "5.0"), "utf-8")
    compiling._source.cache_clear()
    with monkeypatch.context() as stopped:
        stopped.setattr(caching.IndexDataCacheFile, "_save_data", lambda *_: None)
        assert loop()(1.5) == 7.5
    assert loop()(1.5) == 7.5


@pytest.mark.parametrize("which", ["_load_index", "_save_index"])
def test_missing_memory_is_said(loop, monkeypatch, which: str) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(caching.IndexDataCacheFile, which, fail)
    with pytest.raises(MemoryError):
        loop()(1.5)
