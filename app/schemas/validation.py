"""Validation of a request whose numbers were read exactly."""

from typing import TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, core_schema

Parsed = TypeVar("Parsed")


def validated(adapter: TypeAdapter[Parsed], content: object, part: str = "body") -> Parsed:
    """Validate a part of a request. RequestValidationError, as FastAPI raises it."""
    try:
        return adapter.validate_python(content)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        raise RequestValidationError([{**each, "loc": (part, *each["loc"])} for each in errors]) from error


class Unread:
    """Marks a body that the document describes by a model, and that the endpoint validates itself, beside the loop."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept anything, and describe the model."""
        described = handler.generate_schema(self._model)
        return core_schema.no_info_wrap_validator_function(lambda content, _: content, described)
