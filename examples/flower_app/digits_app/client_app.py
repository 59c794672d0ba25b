"""A client: says who it is, trains the model it drew, evaluates. Needs no roundlot."""

import random

import torch
from flwr.app import ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from digits_app.task import network, partition, test, train

torch.set_num_threads(1)
app = ClientApp()


def held(context: Context, model: str) -> tuple[torch.Tensor, torch.Tensor]:
    node = context.node_config
    return partition(int(node["partition-id"]), int(node["num-partitions"]), model)


@app.query("roundlot")
def who(message: Message, context: Context) -> Message:
    """Name, and samples for every model; losses if the models came along."""
    models = list(message.content["config"]["models"])
    metrics = MetricRecord({"num-examples": [len(held(context, model)[1]) for model in models]})
    if "arrays" in message.content:
        state = message.content["arrays"].to_torch_state_dict()
        losses = []
        for model in models:
            net = network(model)
            own = {key: value for key, value in state.items() if key.startswith(f"{model}/")}
            net.load_state_dict({key.partition("/")[2]: value for key, value in own.items()})
            losses.append(test(net, *held(context, model))[0])
        metrics["train_loss"] = losses
    name = ConfigRecord({"client-key": str(context.node_config["partition-id"])})
    return Message(RecordDict({"metrics": metrics, "name": name}), reply_to=message)


@app.train()
def train_one(message: Message, context: Context) -> Message:
    """Train the model that was drawn; the whole model goes back, roundlot takes the difference."""
    config = message.content["config"]
    if random.random() < float(context.run_config.get("lost", 0.0)):
        raise ConnectionError("this client fails, as the setting lost asks for")
    model = str(config["model"])
    net = network(model)
    net.load_state_dict(message.content["arrays"].to_torch_state_dict())
    images, labels = held(context, model)
    torch.manual_seed(int(config["server-round"]))
    rate = float(context.run_config.get("learning-rate", 0.1))
    loss = train(net, images, labels, rate)
    content = RecordDict(
        {
            "arrays": ArrayRecord(net.state_dict()),
            "metrics": MetricRecord({"num-examples": len(labels), "train_loss": loss, "lr": rate}),
        }
    )
    return Message(content, reply_to=message)


@app.evaluate()
def evaluate_one(message: Message, context: Context) -> Message:
    """Loss and accuracy of one model on what this client holds."""
    model = str(message.content["config"]["model"])
    net = network(model)
    net.load_state_dict(message.content["arrays"].to_torch_state_dict())
    images, labels = held(context, model)
    loss, accuracy = test(net, images, labels)
    metrics = {"num-examples": len(labels), "loss": loss, "accuracy": accuracy}
    content = RecordDict(
        {"metrics": MetricRecord(metrics), "config": ConfigRecord({"model": model})}
    )
    return Message(content, reply_to=message)
