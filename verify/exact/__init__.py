"""The judge of certificates: problem, design and prices in, what they prove out; no solver."""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(
    __name__, inner=("judge_document", "judge_plan", "judge_rounds", "judge_steps")
)
