"""The rules of the village project library (项目库): content, procedure, publicity."""
