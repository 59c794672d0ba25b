"""A grid in this process: Flower's own messages, records, ClientApp and strategy loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

GridMaker = Callable[..., Any]


@pytest.fixture
def make_grid(monkeypatch: pytest.MonkeyPatch) -> GridMaker:
    """``make_grid(client_app, {number: {"partition-id": ...}})``."""
    pytest.importorskip("flwr", reason="Flower is an optional dependency: roundlot[flower]")
    from flwr.app import Context, Error, Message, RecordDict
    from flwr.supercore.task_identity import TaskIdentity

    # A running app has been told these by its process.
    for name in ("_run_id", "_node_id", "_task_id"):
        monkeypatch.setattr(TaskIdentity, name, 1)
    from flwr.serverapp import Grid

    class LocalGrid(Grid):
        """Hands every message to the ClientApp at once; an exception becomes an error reply."""

        def __init__(self, client_app: Any, nodes: dict[int, dict[str, Any]]) -> None:
            self.client_app, self.nodes = client_app, nodes
            self.sent: list[Any] = []
            self.silent: set[int] = set()

        def get_node_ids(self) -> Iterable[int]:
            return list(self.nodes)

        def send_and_receive(self, messages: Any, *, timeout: float | None = None) -> Any:
            replies = []
            for message in messages:
                self.sent.append(message)
                node = message.metadata.dst_node_id
                if node in self.silent:
                    continue
                context = Context(
                    run_id=1,
                    node_id=node,
                    node_config=self.nodes[node],
                    state=RecordDict(),
                    run_config={},
                )
                try:
                    replies.append(self.client_app(message, context))
                except Exception as error:
                    replies.append(Message(Error(code=0, reason=str(error)), reply_to=message))
            return replies

        def set_run(self, run: Any) -> None: ...
        def create_message(self, *args: Any, **kwargs: Any) -> Any: ...
        def push_messages(self, messages: Any) -> Any: ...
        def pull_messages(self, message_ids: Any) -> Any: ...

        @property
        def run(self) -> Any: ...

    return LocalGrid


@pytest.fixture
def make_client() -> Callable[..., Any]:
    """A real ClientApp: client ``i`` moves model ``s`` by ``10 i + s``, and holds ``i + 1``."""
    pytest.importorskip("flwr", reason="Flower is an optional dependency: roundlot[flower]")
    from flwr.app import Array, ArrayRecord, ConfigRecord, Message, MetricRecord, RecordDict
    from flwr.clientapp import ClientApp

    def make(
        *, survey: bool = True, change: Callable[[Any, int], Any] | None = None, losses: bool = True
    ) -> Any:
        app = ClientApp()

        def own(context: Any) -> int:
            return int(context.node_config["partition-id"])

        if survey:

            @app.query("roundlot")
            def who(message: Any, context: Any) -> Any:
                names = message.content["config"]["models"]
                metrics = MetricRecord({"num-examples": [own(context) + 1] * len(names)})
                if "arrays" in message.content:
                    metrics["train_loss"] = [0.5 + own(context)] * len(names)
                name = ConfigRecord({"client-key": str(context.node_config["partition-id"])})
                return Message(RecordDict({"m": metrics, "c": name}), reply_to=message)

        @app.train()
        def train(message: Any, context: Any) -> Any:
            config, arrays = message.content["config"], message.content["arrays"]
            model = 1 if config.get("model") == "b" else 0
            moved = {
                key: Array((value.numpy() + 10 * own(context) + model).astype(value.numpy().dtype))
                for key, value in arrays.items()
            }
            metrics = MetricRecord({"num-examples": own(context) + 1})
            if losses:
                metrics["train_loss"] = 1.0 + own(context)
            content = RecordDict({"arrays": ArrayRecord(moved), "metrics": metrics})
            if change is not None:
                content = change(content, own(context))
            return Message(content, reply_to=message)

        @app.evaluate()
        def evaluate(message: Any, context: Any) -> Any:
            told = {"num-examples": own(context) + 1, "loss": float(own(context))}
            config = ConfigRecord({"model": str(message.content["config"].get("model", ""))})
            content = RecordDict({"metrics": MetricRecord(told)})
            if config["model"]:
                content["config"] = config
            return Message(content, reply_to=message)

        return app

    return make


@pytest.fixture
def start() -> Callable[..., Any]:
    """Initial arrays, of one model or of several."""
    pytest.importorskip("flwr", reason="Flower is an optional dependency: roundlot[flower]")
    from flwr.app import Array, ArrayRecord

    def make(models: tuple[str, ...] = ()) -> Any:
        one = {"w": np.zeros((2, 2), np.float32), "n": np.array([3], np.int64)}
        names = [f"{model}/{key}" for model in models for key in one] if models else list(one)
        return ArrayRecord({name: Array(one[name.rpartition("/")[2]]) for name in names})

    return make
