"""How good retrieval is: data sets, metrics and the runner behind `mem eval`."""
