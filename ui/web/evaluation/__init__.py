"""The Evaluation page: suites run, what runs scored over time, and two of them compared."""
