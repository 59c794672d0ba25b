"""Who is in the fleet: records of clients, the default fleet, setups, reading and writing tables.

Names load on first use; Polars when a table is read or written. Nothing here loads torch or cvxpy.
"""

from roundlot.facade import on_first_use

__getattr__, __dir__, __all__ = on_first_use(
    __name__, inner=("LabelledPoints",), renamed={"Setup": "FleetSetup"}
)
