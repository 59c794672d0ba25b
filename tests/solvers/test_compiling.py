"""A compiled loop is called as its Python function is: by place and by name, first and later."""

from roundlot.solvers.kernels.compiling import compiled


@compiled
def scaled(value: float, factor: float) -> float:
    return value * factor


def test_the_first_call_may_name_its_arguments() -> None:
    assert scaled(3.0, factor=0.5) == 1.5
    assert scaled(factor=4.0, value=0.25) == 1.0
    assert scaled(5.0, 2.0) == 10.0
