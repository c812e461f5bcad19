"""The statements of the village project library (项目库)."""
