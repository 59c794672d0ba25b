from roundlot.solvers.topologies.equitopo import EquiDynamic as EquiDynamic
from roundlot.solvers.topologies.equitopo import EquiStatic as EquiStatic
from roundlot.solvers.topologies.equitopo import equi_static as equi_static
