"""Tests of crime_spark/ingest; a package so that they can share its builders."""
