"""What a household may claim: every benefit of the catalogue's part 3, reasoned from facts that may be unknown."""
