"""The parts of the page that `render` writes."""
