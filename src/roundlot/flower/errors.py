"""What a node can send that must not enter the model."""


class BadReplyError(ValueError):
    """A reply that cannot be used; the message names node, round and model, and the remedy."""
