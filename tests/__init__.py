"""Tests; a package so that they can import its builders."""
