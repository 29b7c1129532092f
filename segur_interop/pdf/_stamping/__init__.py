"""What `stamp` does: the identity block, its place on page 1, the update and its re-check."""
