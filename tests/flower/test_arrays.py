"""Arrays as one vector and back: types and shapes stay, whole numbers are rounded."""

from __future__ import annotations

import numpy as np
import pytest

from roundlot.flower.arrays import BadReplyError, checked, flatten, unflatten

ARRAYS = {
    "w": np.arange(6, dtype=np.float32).reshape(2, 3),
    "count": np.array(7, dtype=np.int64),
    "half": np.ones((1, 2), dtype=np.float16),
    "flag": np.array([True, False]),
    "none": np.zeros((0, 4)),
}


def test_there_and_back() -> None:
    back = unflatten(flatten(ARRAYS), ARRAYS)
    for name, array in ARRAYS.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)


def test_steps_round_counters_and_leave_flags() -> None:
    moved = unflatten(flatten(ARRAYS) + 0.6, ARRAYS)
    assert moved["count"] == 8
    np.testing.assert_array_equal(moved["flag"], ARRAYS["flag"])
    np.testing.assert_allclose(moved["w"], ARRAYS["w"] + 0.6, rtol=1e-6)


def test_a_reply_in_another_order_is_put_in_order() -> None:
    turned = dict(reversed(ARRAYS.items()))
    np.testing.assert_array_equal(checked(turned, ARRAYS, "it"), flatten(ARRAYS))


def test_texts_are_refused() -> None:
    with pytest.raises(BadReplyError, match="it has array 'flag' of type"):
        checked({**ARRAYS, "flag": np.array(["a", "b"])}, ARRAYS, "it")
