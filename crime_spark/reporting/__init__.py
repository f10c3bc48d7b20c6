"""HTML pages (report, model cards, datasheets) and the text summary at the end of a run."""
