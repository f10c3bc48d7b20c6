"""What the page says whatever the data are: how to read it, and what its terms mean."""

from crime_spark.reporting.layout import Points

LEAD = (
    "Reports of crime that police departments publish: read into one schema, counted, and used to test how well the "
    "kind of an incident can be told from what is known when it is reported, and how many there will be where and "
    "when. Each model is judged on a later year."
)
CARDS = (
    "A model card for each task: what it is for and not for, errors by group, what its best model goes by. "
    "A datasheet for each city: what the data is made of. They lie beside this page, in the folder cards."
)
CAVEATS = Points(
    (
        (
            "Reports, not crime.",
            "Every row is a report to the police. What is never reported, or never recorded, is not here; how much "
            "that is differs by offense, place and time.",
        ),
        (
            "Reporting changes.",
            "Departments change how they record and publish. A step in a line may be such a change and none in the "
            "city; compare counts across it with care.",
        ),
        (
            "Incomplete years.",
            "A year of a city with reports in fewer than 12 months is marked incomplete. A month may be cut short "
            "without any mark, and the last months may still grow as reports come in.",
        ),
        (
            "Cities are not comparable.",
            "Each city has its own codes, its own meaning of serious and its own way to count. Numbers of two cities "
            "must not be set against each other.",
        ),
        (
            "Victims.",
            "Age, sex and descent, where the data have them, are the victim's as somebody wrote them down, never an "
            "offender's: the data say nothing about any offender.",
        ),
        (
            "No person is scored.",
            "No output says anything about an individual. Models rank reports; a pattern in reports is a pattern of "
            "reporting and policing as well as of crime.",
        ),
    )
)
GLOSSARY = Points(
    (
        (
            "AUC:",
            "area under the ROC curve, the chance that a random case with the outcome is ranked above a random one "
            "without; 0.5 is a coin, 1 is perfect.",
        ),
        (
            "Macro AUC, macro F1, weighted F1:",
            "of several classes: the mean of each class against the rest, every class counting the same, or by its "
            "number of cases.",
        ),
        (
            "MAE, RMSE, R²:",
            "of numbers: the mean absolute error, the root of the mean squared error, and the share of the variance "
            "that the forecast explains, below 0 where it is worse than the year's own mean.",
        ),
        (
            "MASE, Poisson deviance:",
            "the mean absolute error over that of the value of a week ago, 1 where it is no better; and a distance "
            "that suits counts, 0 for a perfect forecast.",
        ),
        (
            "PAI, hit rate:",
            "prediction accuracy index at a share of the cells, rounded up: the share of all incidents that lie in "
            "those ranked highest, the hit rate, over their share of the area. Incidents in cells that training knows "
            "nothing of count as not hit.",
        ),
        (
            "Hit-rate curve, Gini:",
            "the share of all incidents in the cells taken, against the share of cells taken; and how far that curve "
            "lies above the diagonal, twice the area between them: 0 for a random order, below 1 for any.",
        ),
        (
            "PEI:",
            "prediction efficiency index: the PAI over the most that could have been reached, by ranking in hindsight.",
        ),
        (
            "PR AUC:",
            "average precision, the precision averaged over all thresholds; ranking at random reaches the share of "
            "cases with the outcome.",
        ),
        ("Log loss, Brier score:", "how far the predicted probabilities are from what happened; 0 is perfect."),
        (
            "Accuracy, F1:",
            "the share of cases called rightly, and the harmonic mean of precision (of the cases called, the share "
            "that has the outcome) and recall (of the cases with the outcome, the share called).",
        ),
        (
            "Threshold:",
            "the probability from which on a case is called; the one with the largest F1 in the last months before "
            "the year scored, as the model of the year before had predicted them. The year scored has no say.",
        ),
        (
            "Calibration, ECE:",
            "whether of cases with a probability of 30 % three in ten have the outcome. The expected calibration error "
            "is the mean distance, over 15 bins of equally many cases, between what is predicted and what happens.",
        ),
        (
            "ROC, gain:",
            "what share of the cases with the outcome is called, against the share of those without it (ROC) or of "
            "all cases (gain), at every threshold.",
        ),
        (
            "95 % interval:",
            "the middle 95 % of the metric over resamples of whole days (for forecasts: weeks), because cases of one "
            "day are not independent. It speaks for the year scored, not for other years.",
        ),
        (
            "Baseline:",
            "a prediction that needs no model, such as the share of the outcome in the training years, overall or by "
            "area and premise, the value of a week ago, or the count of the last 365 days.",
        ),
        (
            "Rolling and frozen past:",
            "what features know of earlier incidents goes up to the month, for forecasts the period, of each case "
            "(rolling), or ends with the training years (frozen).",
        ),
        (
            "Fair, full:",
            "the policy that says which features are allowed: fair has none that describes the victim, full has them.",
        ),
    )
)
SEXES = {"F": "Female", "M": "Male"}
# The letters of victim_descent in the words of the portal that publishes them; another letter stands as it is.
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
