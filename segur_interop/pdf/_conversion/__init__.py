"""What `convert` does: the light repair, Ghostscript, and what a conversion lost."""
