"""Every cheap rule beside the optimum: what it needs, costs and loses."""
