"""Scenes small enough to solve again in Python, and a browser that notes what a page does."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roundlot.explore import Scene, write_page
from roundlot.fleet import Fleet
from roundlot.run.exploration import groupings
from roundlot.run.records import BoundGround, Exploring, GradientEnd, SharedCap
from roundlot.theory import Problem

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
ODD = (
    "</script><script>window.broken = 1</script>",
    '"quoted", with a comma',
    "R&D <b>bold</b>",
    "שלום עולם",
    "مرحبا",
    "日本語テキスト",
    "e\u0301toile",
    "👩\u200d👩\u200d👧 family",
    "\u200eevil\u200b",
    "=1+1",
    "line\nbreak",
)


@dataclass(kw_only=True)
class Stage:
    """A scene and what it takes to solve it in Python for some clients and a budget."""

    fleet: Fleet
    norms: np.ndarray
    losses: np.ndarray
    limits: dict[str, Any] = field(default_factory=dict)
    ground: BoundGround | None = None
    weighted: bool = True
    scale: float = 1.0
    known: dict[Any, Any] = field(default_factory=dict)

    @property
    def problem(self) -> Problem:
        return self.solved(np.ones(self.fleet.n_clients, dtype=bool), 4.0)

    def kept(self, shown: np.ndarray) -> tuple[Fleet, np.ndarray]:
        """The fleet of the clients shown, with data weights shared anew, and its rows."""
        online = np.broadcast_to(shown[:, None], self.fleet.samples.shape)
        return self.fleet.restricted(online), shown[self.fleet.client]

    def solved(self, shown: np.ndarray, budget: float, norms: np.ndarray | None = None) -> Problem:
        fleet, rows = self.kept(shown)
        table = fleet.expand((self.norms if norms is None else norms)[shown])
        scores = self.scale * fleet.weights * table
        limits = {key: self.cut(value, rows) for key, value in self.limits.items()}
        return fleet.problem(scores, budget=budget, **limits)

    def cut(self, value: Any, rows: np.ndarray) -> Any:
        if isinstance(value, np.ndarray) and value.shape[:1] == rows.shape:
            return value[rows]
        return value

    def scene(self, budget: float = 4.0, name: str = "test") -> Scene:
        problem, fleet = self.problem, self.fleet
        return Scene(
            name=name,
            version="0.1.0",
            clients=fleet.clients,
            models=fleet.models,
            client=fleet.client,
            scores=problem.weighted_scores,
            available=problem.available,
            processor_cap=problem.processor_cap,
            budget=budget,
            beside=Exploring(
                floor=self.limits.get("floor", 0.0),
                ceiling=self.limits.get("ceiling", 1.0),
                model_weights=problem.model_weights,
                samples=fleet.samples,
                weighted=self.weighted,
                losses=self.losses,
                groupings=groupings(fleet, problem),
                shared_caps=tuple(
                    SharedCap(name=n, label=label, caps=caps) for n, label, caps in problem.levels
                ),
                ground=self.ground,
            ),
        )


@pytest.fixture(scope="session")
def make_stage() -> Callable[..., Stage]:
    """A stage of ``n`` clients with one to three processors and ``S`` models."""

    def make(n: int = 40, models: int = 3, *, seed: int = 0, ends: bool = True, **limits) -> Stage:
        rng = np.random.default_rng(seed)
        samples = rng.integers(1, 300, (n, models)) * (rng.random((n, models)) < 0.85)
        samples[:, 0] += samples.sum(axis=1) == 0
        names = tuple(f"{ODD[i % len(ODD)]} {i}" for i in range(n))
        fleet = Fleet(
            clients=names,
            models=("digits & <i>", "commands", "מילים", "four")[:models],
            samples=samples,
            processors=rng.integers(1, 4, n),
            speed=rng.lognormal(size=n),
        )
        shape = (n, models)
        held = samples > 0
        ground = BoundGround(
            smoothness=0.6,
            strong_convexity=0.02,
            initial=12.0,
            target=0.05,
            assumption="bound: as tested",
            ends=tuple(
                GradientEnd(
                    norms=rng.lognormal(0.0, 0.5, shape) * held, losses=rng.random(shape) * held
                )
                for _ in range(2)
            )
            if ends
            else (),
            client_smoothness=rng.lognormal(0.0, 0.4, shape) if ends else None,
        )
        return Stage(
            fleet=fleet,
            norms=rng.lognormal(0.0, 1.0, shape) * held,
            losses=rng.lognormal(0.0, 0.5, shape) * held,
            limits=limits,
            ground=ground,
        )

    return make


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window; what needs it is skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: the page is not driven")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    quiet = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
    quiet += " --disable-background-networking --disable-component-update"
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=quiet.split())
        yield chromium
        chromium.close()


class Reader:
    """Somebody in front of the page: moves it, reads its numbers, notes errors and requests."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda said: self.complaints.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))

    def open(self, path: Path, state: str = "") -> None:
        self.page.goto(f"{path.as_uri()}{state}")
        self.page.wait_for_selector("body.ready")

    def settle(self) -> None:
        """Until what was asked for has been drawn."""
        self.page.evaluate("() => new Promise((r) => requestAnimationFrame(() => setTimeout(r)))")

    def budget(self, budget: float) -> None:
        self.page.fill("#budget", repr(budget))
        self.settle()

    def choose(self, **selected: str) -> None:
        for key, value in selected.items():
            self.page.select_option(f"#{key}", value)
        self.settle()

    def show(self, group: int, shown: bool) -> None:
        self.page.locator(f'#groups input[data-group="{group}"]').set_checked(shown)
        self.settle()

    def number(self, name: str) -> float:
        return float(self.page.get_attribute(f"#{name}", "data-value"))

    def table(self) -> np.ndarray:
        """``(rows, S)``, the probabilities that the page has."""
        flat = self.page.evaluate("() => Array.from(explore.page.here.p)")
        models = self.page.evaluate("() => explore.data.models.length")
        return np.array(flat).reshape(-1, models)

    def methods(self) -> list[str]:
        return self.page.eval_on_selector_all(
            "#method option", "all => all.map((one) => one.value)"
        )


@pytest.fixture
def read(browser, tmp_path) -> Iterator[Callable[..., Reader]]:
    """Opens a scene for a reader; afterwards nothing may have gone wrong or been asked for."""
    readers = []

    def open_scene(scene: Scene, state: str = "", **options: Any) -> Reader:
        path = write_page(tmp_path / f"page {len(readers)}.html", scene)
        options = {"viewport": {"width": 1100, "height": 800}, **options}
        reader = Reader(browser.new_page(**options))
        readers.append((reader, path))
        reader.open(path, state)
        return reader

    yield open_scene
    for reader, path in readers:
        reader.page.close()
        assert reader.complaints == []
        assert {url.partition("#")[0] for url in reader.requests} == {path.as_uri()}
