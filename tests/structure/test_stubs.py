"""The stubs beside packages: each name of a facade said once, and true."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("theory", "solvers", "simulate", "verify", "src/roundlot")


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(parts[1:] if parts[0] == "src" else ("roundlot", *parts))
    return name.removesuffix(".__init__")


STUBS = {_module(path): path for folder in FOLDERS for path in (ROOT / folder).rglob("*.pyi")}


def _names(stub: Path) -> tuple[dict[str, str], set[str]]:
    """Names with the modules they are imported from, and names that are only annotated."""
    imported, held = {}, set()
    for node in ast.parse(stub.read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            assert not node.level
            assert all(alias.asname == alias.name for alias in node.names), ast.unparse(node)
            imported |= {alias.name: node.module for alias in node.names}
        else:
            assert isinstance(node, ast.AnnAssign), ast.unparse(node)
            held.add(ast.unparse(node.target))
    return imported, held


def test_every_facade_has_a_stub_and_every_stub_a_facade() -> None:
    sources = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    facades = {_module(p) for p in sources if "= on_first_use(" in p.read_text("utf-8")}
    assert facades == STUBS.keys()


@pytest.mark.parametrize("package", STUBS)
def test_every_name_of_a_stub_is_what_it_says(package: str) -> None:
    imported, held = _names(STUBS[package])
    module = import_module(package)
    assert set(module.__all__) <= imported.keys() | held
    assert held <= set(module.__all__) & vars(module).keys()
    assert dir(module) == sorted(module.__all__)
    for name, home in imported.items():
        if package == "roundlot.flower" and name in ("LotStrategy", "WrappedStrategy"):
            pytest.importorskip("flwr")
        value = getattr(module, name)
        own = home == package
        assert value is (
            import_module(f"{home}.{name}") if own else vars(import_module(home))[name]
        )
        assert vars(module)[name] is value


def test_a_star_takes_what_is_exported_and_nothing_else_is_there() -> None:
    found: dict[str, object] = {}
    exec("from roundlot.theory import *", found)
    theory = import_module("roundlot.theory")
    assert found.keys() - {"__builtins__"} == set(theory.__all__)
    assert "duration" not in theory.__all__
    with pytest.raises(AttributeError, match=r"module 'roundlot.theory' has no attribute 'nought'"):
        _ = theory.nought


def test_a_stub_loads_nothing() -> None:
    code = (
        "import sys, roundlot, roundlot.theory, roundlot.simulate.training, roundlot.jobs;"
        "print(*(m for m in ('ast', 'numpy', 'sympy', 'torch') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
