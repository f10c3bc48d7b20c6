"""The tune stage: choice of settings and features of each cell on folds of the training years."""
