"""Reference data of the rules: divisions and lists of counties, application procedures."""
