# Every spark-submit of the virtual environment sources this file: `make setup` copies it to the conf folder of Spark.
# It is optional: without it Spark starts more slowly and prints a warning.
venv="${SPARK_HOME%/lib*/python*}"

# Load classes from the archive of `make setup`, already parsed and verified. HotSpot uses it only with the Java and the
# class path that it was made with, so Delta's jars are at the end of the path in every run. A run with another Java or
# other jars loads its classes as usual, without a message.
SPARK_DIST_CLASSPATH="$venv/ivy/jars/*${SPARK_DIST_CLASSPATH:+:$SPARK_DIST_CLASSPATH}"
if [ -f "$venv/classes.jsa" ]; then
    SPARK_SUBMIT_OPTS="-XX:SharedArchiveFile=\"$venv/classes.jsa\" -Xlog:cds*=off ${SPARK_SUBMIT_OPTS:-}"
fi
# HotSpot ignores the archive if the class path contains a folder with files, like the folder of this file. If you have a
# spark-defaults.conf there, it takes precedence over the archive.
[ -e "$SPARK_CONF_DIR/spark-defaults.conf" ] || SPARK_CONF_DIR="$SPARK_HOME/no-conf"

# Spark starts Java with an incubator module for linear algebra, and opens a package that Java 25 no longer has. Hide
# Java's warnings about both, because users cannot act on them.
exec 2> >(trap '' INT; exec grep -a --line-buffered -v -x -F \
    -e 'WARNING: Using incubator modules: jdk.incubator.vector' \
    -e 'WARNING: package sun.security.action not in java.base' >&2)
unset venv
