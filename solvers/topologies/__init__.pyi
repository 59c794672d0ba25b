from roundlot.solvers.topologies.data_aware import DataAwareMixing as DataAwareMixing
from roundlot.solvers.topologies.data_aware import data_aware_mixing as data_aware_mixing
from roundlot.solvers.topologies.equitopo import EquiDynamic as EquiDynamic
from roundlot.solvers.topologies.equitopo import EquiStatic as EquiStatic
from roundlot.solvers.topologies.equitopo import equi_static as equi_static
