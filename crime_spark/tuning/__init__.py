"""How a learner's settings and features are chosen: folds inside the training years, trials, the pick."""
