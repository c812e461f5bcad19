"""What tests share: stores, desks, oracles, random bills and households."""
