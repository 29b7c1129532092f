"""Code tables of the French specifications."""
