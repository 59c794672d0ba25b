"""A key of very many parts is refused before it is parsed, which would take minutes."""

import pytest

from roundlot.setup.document import parsed_toml
from roundlot.theory import InvalidProblemError


@pytest.mark.parametrize("part", ["a", '"a b"', "'x'", "9"])
def test_a_key_of_many_parts_is_refused_at_once(part: str) -> None:
    key = " . ".join([part] * 50_000)
    for text in (f"{key} = 1\n", f"[{key}]\n", f"x = {{{key} = 1}}\n"):
        with pytest.raises(InvalidProblemError, match="a key of 40 parts or more; shorten it"):
            parsed_toml(text, "setup t.toml")


def test_long_texts_and_lists_are_not_keys() -> None:
    text = f"a = [{', '.join(['0.5'] * 1000)}]\nb = \"{'word. ' * 30}\"\nc.d.e = '{'x' * 10000}'\n"
    assert len(parsed_toml(text, "setup t.toml")["a"]) == 1000
