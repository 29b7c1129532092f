"""What `check` judges: the clauses of ISO 19005-1:2005, a family a file; `judge` runs them all."""
