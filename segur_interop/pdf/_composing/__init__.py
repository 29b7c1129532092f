"""What `compose` does: from typed content to laid out pages."""
