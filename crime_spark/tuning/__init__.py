"""The tune stage: settings and features of each cell, chosen on folds inside the training years."""
