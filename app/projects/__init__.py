"""The village project library (项目库): its procedure, notices, objections, funds."""
