"""The learners, each a declaration of what is fitted."""

from crime_spark.learners.area_premise_rate import AREA_PREMISE_RATE
from crime_spark.learners.class_prior import CLASS_PRIOR
from crime_spark.learners.gbt import GBT
from crime_spark.learners.knn import KNN
from crime_spark.learners.learner import Learner
from crime_spark.learners.linear_regression import LINEAR_REGRESSION
from crime_spark.learners.linear_svm import LINEAR_SVM
from crime_spark.learners.logistic_regression import LOGISTIC_REGRESSION
from crime_spark.learners.logistic_regression_undersampled import LOGISTIC_REGRESSION_UNDERSAMPLED
from crime_spark.learners.logistic_regression_weighted import LOGISTIC_REGRESSION_WEIGHTED
from crime_spark.learners.mlp import MLP
from crime_spark.learners.naive_bayes import NAIVE_BAYES
from crime_spark.learners.poisson import POISSON
from crime_spark.learners.polynomial_regression import POLYNOMIAL_REGRESSION
from crime_spark.learners.prior_counts import PRIOR_COUNTS
from crime_spark.learners.random_forest import RANDOM_FOREST
from crime_spark.learners.random_forest_smote import RANDOM_FOREST_SMOTE
from crime_spark.learners.seasonal_naive import SEASONAL_NAIVE
from crime_spark.learners.sequence import SEQUENCE
from crime_spark.learners.slot_mean import SLOT_MEAN
from crime_spark.learners.trailing_mean import TRAILING_MEAN
from crime_spark.learners.xgboost import XGBOOST

LEARNERS: tuple[Learner, ...] = (
    LOGISTIC_REGRESSION,
    GBT,
    LINEAR_REGRESSION,
    POLYNOMIAL_REGRESSION,
    POISSON,
    XGBOOST,
    KNN,
    SEQUENCE,
    RANDOM_FOREST,
    LINEAR_SVM,
    MLP,
    NAIVE_BAYES,
    LOGISTIC_REGRESSION_WEIGHTED,
    LOGISTIC_REGRESSION_UNDERSAMPLED,
    RANDOM_FOREST_SMOTE,
    CLASS_PRIOR,
    AREA_PREMISE_RATE,
    SEASONAL_NAIVE,
    TRAILING_MEAN,
    PRIOR_COUNTS,
    SLOT_MEAN,
)
