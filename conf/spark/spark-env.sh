# What every spark-submit of the virtual environment sources: `make setup` copies it to its Spark's conf folder. Nothing
# needs it: without it Spark starts more slowly and writes a warning.
venv="${SPARK_HOME%/lib*/python*}"

# Classes come from the archive that `make setup` makes, already parsed and verified. HotSpot uses it only for the Java
# and the class path that it was made with, so Delta's jars stand at the path's end in every run, and a run with another
# Java or other jars loads its classes as usual; that is no news.
SPARK_DIST_CLASSPATH="$venv/ivy/jars/*${SPARK_DIST_CLASSPATH:+:$SPARK_DIST_CLASSPATH}"
if [ -f "$venv/classes.jsa" ]; then
    SPARK_SUBMIT_OPTS="-XX:SharedArchiveFile=\"$venv/classes.jsa\" -Xlog:cds*=off ${SPARK_SUBMIT_OPTS:-}"
fi
# A folder with files on the class path, such as the one of this file, forbids an archive; defaults of yours come first.
[ -e "$SPARK_CONF_DIR/spark-defaults.conf" ] || SPARK_CONF_DIR="$SPARK_HOME/no-conf"

# Spark starts Java with an incubator module, for linear algebra, and opens a package that Java 25 no longer has. Java
# then writes warnings that nobody can act on.
exec 2> >(trap '' INT; exec grep -a --line-buffered -v -x -F \
    -e 'WARNING: Using incubator modules: jdk.incubator.vector' \
    -e 'WARNING: package sun.security.action not in java.base' >&2)
unset venv
