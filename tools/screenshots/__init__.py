"""Pictures of the pages for the documentation, taken of a demo county on a fixed day."""
