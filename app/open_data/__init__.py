"""The project library as open data, and projects read from tables: OC4IDS packages, CSV, spreadsheets. Pure formats."""
