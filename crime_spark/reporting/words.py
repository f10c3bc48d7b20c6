"""Texts that do not depend on the data: how to read the page, and what its terms mean."""

from crime_spark.reporting.layout import Points

LEAD = (
    "This page is about crime reports that police departments publish. The reports are read into one schema, counted, "
    "and used to test two kinds of predictions. The first kind is about single incidents: their type or outcome, from "
    "what is known when they are reported. The second kind is about how many incidents will be reported, where and "
    "when. Every model is scored on a year after its training years."
)
CARDS = (
    "There is a model card for each task: intended use, out-of-scope use, errors by group and feature importance. "
    "There is a datasheet for each city: what its data contains. All are in the folder cards next to this page."
)
CAVEATS = Points(
    tuple(
        {
            "Reports, not crime.": "Every row is a report to the police. Offenses that nobody reports or records are "
            "missing. How many are missing differs by offense, place and time.",
            "Reporting changes.": "Departments change how they record and publish. A step in a line can be such a "
            "change, without any change in the city. Be careful when you compare counts across a step.",
            "Incomplete years.": "A year is marked incomplete if a city has reports in fewer than 12 of its months. A "
            "month can be cut short without a mark, and the last months can still grow as reports come in.",
            "Cities are not comparable.": "Each city has its own codes, its own definition of serious and its own way "
            "to count. Do not compare numbers between cities.",
            "Victims.": "Age, sex and descent, if the data has them, describe the victim as somebody recorded them, "
            "never an offender. The data contains nothing about offenders.",
            "No person is scored.": "No output says anything about an individual. Models rank reports. A pattern in "
            "reports is a pattern of reporting and policing as well as of crime.",
        }.items()
    )
)
GLOSSARY = Points(
    tuple(
        {
            "AUC:": "area under the ROC curve, the chance that a random case with the outcome is ranked above a random "
            "case without it. 0.5 is random, 1 is perfect.",
            "Macro AUC, macro F1, weighted F1:": "means over several classes, each compared with all other classes. In "
            "a macro mean, every class counts the same. In a weighted mean, a class counts by its number of cases.",
            "MAE, RMSE, R²:": "errors of predicted numbers: the mean absolute error, the root of the mean squared "
            "error, and the share of the variance that the forecast explains. R² is below 0 if the forecast is worse "
            "than the mean of the test year.",
            "MASE, Poisson deviance:": "MASE is the mean absolute error divided by that of the value of a week ago; 1 "
            "means no better than that value. Poisson deviance is a distance that suits counts; 0 is a perfect "
            "forecast.",
            "PAI, hit rate:": "for a share of the cells, rounded up, that are ranked highest. The hit rate is the "
            "share of all incidents in these cells. The prediction accuracy index (PAI) is the hit rate divided by "
            "their share of the area. Incidents in cells that are unknown from training count as not hit.",
            "Hit-rate curve, Gini:": "the curve shows the share of all incidents in the selected cells by the share of "
            "cells selected. Gini is twice the area between this curve and the diagonal: 0 for a random order, always "
            "below 1.",
            "PEI:": "prediction efficiency index, the PAI divided by the highest possible PAI, which a ranking in "
            "hindsight reaches.",
            "PR AUC:": "average precision, the precision averaged over all thresholds. A random ranking reaches the "
            "share of cases with the outcome.",
            "Log loss, Brier score:": "how far the predicted probabilities are from what happened. 0 is perfect.",
            "Accuracy, F1:": "accuracy is the share of cases that are predicted correctly. F1 is the harmonic mean of "
            "precision (of the cases predicted to have the outcome, the share that has it) and recall (of the cases "
            "with the outcome, the share predicted to have it).",
            "Threshold:": "the probability from which a case is predicted to have the outcome. It is the one with the "
            "largest F1 in the last months before the test year, on predictions of the previous year's model. The test "
            "year is not used to choose it.",
            "Calibration, ECE:": "a model is calibrated if, for example, three in ten cases with a probability of 30 % "
            "have the outcome. The expected calibration error (ECE) is the mean distance between the prediction and "
            "what happens, over 15 bins with equal numbers of cases.",
            "ROC, gain:": "curves over all thresholds. They show the share of cases with the outcome that is flagged, "
            "by the flagged share of cases without the outcome (ROC) or of all cases (gain).",
            "95 % interval:": "the middle 95 % of the metric over resamples of whole days (for forecasts: weeks), "
            "because cases of one day are not independent. It describes the test year, not other years.",
            "Baseline:": "a prediction that needs no model, for example the share of the outcome in the training years "
            "(overall or by area and premise), the value of a week ago, or the count of the last 365 days.",
            "Rolling and frozen past:": "what features know about earlier incidents. A rolling past reaches up to the "
            "month of each case, for forecasts up to the period. A frozen past ends with the training years.",
            "Fair, full:": "the policy that decides which features are allowed. Fair excludes all features that "
            "describe the victim; full includes them.",
        }.items()
    )
)
SEXES = {"F": "Female", "M": "Male"}
# The letters of victim_descent in the words of the portal that publishes them; other letters are shown unchanged.
DESCENTS = {
    "A": "Other Asian",
    "B": "Black",
    "C": "Chinese",
    "D": "Cambodian",
    "F": "Filipino",
    "G": "Guamanian",
    "H": "Hispanic, Latin or Mexican",
    "I": "American Indian or Alaskan Native",
    "J": "Japanese",
    "K": "Korean",
    "L": "Laotian",
    "O": "Other",
    "P": "Pacific Islander",
    "S": "Samoan",
    "U": "Hawaiian",
    "V": "Vietnamese",
    "W": "White",
    "Z": "Asian Indian",
}
