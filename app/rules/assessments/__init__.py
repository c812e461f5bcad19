"""Assessments beside the benefits: poverty line, enterprise credit, relocation plan."""
