"""Any sampling scheme: from the moments of its aggregation weights to a theorem of its own.

One step (`certify_scheme`), or rounds of several local steps (`certify_rounds`), or the
probabilities, step and local steps that need the fewest of them (`codesign`).
"""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(__name__)
