"""Recurrent layers as a link of a chain: the output at the last position."""

from __future__ import annotations

from torch import Tensor, nn

CELLS: dict[str, type[nn.LSTM] | type[nn.GRU]] = {"lstm": nn.LSTM, "gru": nn.GRU}


class LastOutput(nn.Module):
    """torch's recurrent layers along the positions: ``(n, window, inputs)`` to ``(n, hidden)``."""

    def __init__(self, cell: str, inputs: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.layers = CELLS[cell](inputs, hidden, num_layers=layers, batch_first=True)

    def forward(self, inputs: Tensor) -> Tensor:
        """What the top layer says at the last position."""
        last: Tensor = self.layers(inputs)[0][:, -1]
        return last
