from roundlot.solvers.water.tensors import tensor_waterfill as tensor_waterfill
