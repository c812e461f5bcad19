"""Screenshots of the pages for the documentation, of the demo county on a fixed day."""
