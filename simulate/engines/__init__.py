"""How local training is computed: one interface, four engines that agree to rounding."""
