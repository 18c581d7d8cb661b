"""Measuring the engine: suites of cases, runs, metrics, comparisons, gates, reports.

suite -> run -> metrics -> compare -> report              Case -> Outcome -> Score -> Report
"""
