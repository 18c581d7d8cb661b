"""The `verse eval` commands: suites and cases, runs, comparisons and gates, reports and marks."""
