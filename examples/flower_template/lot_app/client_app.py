"""A plain client of Flower: trains, evaluates, says how many samples it has. Needs no roundlot."""

from flwr.app import Array, ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from lot_app.task import load, score, train

app = ClientApp()


def held(context: Context):
    node = context.node_config
    return load(int(node["partition-id"]), int(node["num-partitions"]))


@app.train()
def train_one(message: Message, context: Context) -> Message:
    weights = message.content["arrays"]["weights"].numpy()
    images, labels = held(context)
    loss, _ = score(weights, images, labels)
    moved = train(weights, images, labels, float(context.run_config["learning-rate"]))
    metrics = MetricRecord({"num-examples": len(labels), "train_loss": loss})
    arrays = ArrayRecord({"weights": Array(moved)})
    return Message(RecordDict({"arrays": arrays, "metrics": metrics}), reply_to=message)


@app.evaluate()
def evaluate_one(message: Message, context: Context) -> Message:
    images, labels = held(context)
    loss, accuracy = score(message.content["arrays"]["weights"].numpy(), images, labels)
    metrics = MetricRecord({"num-examples": len(labels), "loss": loss, "accuracy": accuracy})
    return Message(RecordDict({"metrics": metrics}), reply_to=message)
