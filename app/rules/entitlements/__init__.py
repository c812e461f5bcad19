"""The benefits of a household: every benefit of part 3 of the catalogue, decided from facts that may be unknown."""
