#!/usr/bin/env bash
# archive.sh VENV "SUBMIT": writes VENV/classes.jsa, the class-data archive that spark-env.sh passes to Java, from a small
# run of the pipeline. SUBMIT is spark-submit with its options; the variable PYTHON names the interpreter of VENV. A
# failure costs only the faster start, so the script reports it and succeeds.
set -uo pipefail
venv=$1 log=$1/classes.log
folder=$(mktemp -d "${TMPDIR:-/tmp}/crime-spark-archive-XXXXXX") || exit 0
trap 'rm -rf "$folder"' EXIT
conf=$("$PYTHON" -c 'import os, pyspark; print(os.path.join(os.path.dirname(pyspark.__file__), "conf"))')
rm -f "$venv/classes.jsa"
mkdir -p "$conf" && cp conf/spark/spark-env.sh "$conf/"

small() {
    "$PYTHON" -m crime_spark.sample "$folder/sample" --cities chicago --years 2 --rows-per-year 300 &&
    # Only the first compiler: the run is too short for the second.
    SPARK_SUBMIT_OPTS="-XX:TieredStopAtLevel=1 -XX:ArchiveClassesAtExit=$folder/classes.jsa -Xlog:cds*=off" \
        $1 --conf spark.jars.packages= jobs/pipeline.py --lake "$folder/lake" --input "chicago=$folder/sample/chicago" \
        --cities chicago --stages ingest,describe,examples,train --matrix none --set learner_settings.gbt.maxIter=1
}

echo "making an archive of the classes that Spark loads, once"
small "$2" >"$log" 2>&1
if [ -s "$folder/classes.jsa" ] && cp "$folder/classes.jsa" "$venv/classes.new"; then
    mv "$venv/classes.new" "$venv/classes.jsa"
else
    echo "no archive was made: Spark starts as without one ($log says why)"
    rm -f "$venv/classes.new"
fi
exit 0
