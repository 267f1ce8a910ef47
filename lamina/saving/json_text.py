"""JSON from a file, checked before it is parsed and before anything is built from it.

Refuses what a parser would let pass: keys that occur twice, text that would take far more memory
    parsed than
it has bytes, nesting that would exhaust the stack, and more objects than a model has.
"""

import json
from typing import Any

from lamina.base.errors import FileFormatError, message
from lamina.saving import limits

# Measured on CPython 3.11: bytes that one container, or one more element in it, takes when parsed.
_DICT_BYTES, _LIST_BYTES, _ELEMENT_BYTES = 240, 72, 56


def parse_json(data: bytes, where: str, file_bytes: int) -> Any:
    """Parse JSON text.

    Args:
        data: UTF-8 text.
        where: file and member, for errors.
        file_bytes: size of the whole file, which the memory taken is measured by.
    Returns:
        The value.
    Raises:
        FileFormatError: not JSON, a repeated key, too deep, or too large.
    Example:
        >>> parse_json(b'{"a": [1, 2]}', "x.keras: config.json", 100)
        {'a': [1, 2]}
    """
    memory = (
        data.count(b"{") * _DICT_BYTES
        + data.count(b"[") * _LIST_BYTES
        + data.count(b",") * _ELEMENT_BYTES
        + len(data)
    )
    if memory > 2 * file_bytes + limits.SLACK_BYTES:
        raise FileFormatError(f"{where} would take about {memory >> 20} MB when parsed; refused.")
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_object)
    except RecursionError:
        raise FileFormatError(f"{where} is nested too deeply.") from None
    except _RepeatedKeyError as error:
        raise FileFormatError(
            f"{where} repeats the key {str(error)!r:.80} in one object."
        ) from None
    except ValueError as error:
        raise FileFormatError(
            message(f"{where} is not valid JSON: {error}", fix="restore the file from a backup")
        ) from None
    _check_structure(value, where)
    return value


class _RepeatedKeyError(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKeyError(next(k for i, k in enumerate(keys) if k in keys[:i]))
    return result


def _check_structure(value: Any, where: str) -> None:
    """Depth and number of objects, without recursion."""
    objects = layers = 0
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(limits.JSON_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                objects += "class_name" in item
                layers += (
                    "class_name" in item
                    and isinstance(item.get("config"), dict)
                    and ("name" in item["config"])
                )
                _check_numbers(item, where)
                below.extend(v for v in item.values() if isinstance(v, (dict, list)))
            else:
                below.extend(v for v in item if isinstance(v, (dict, list)))
        if objects > limits.OBJECTS or layers > limits.LAYERS:
            raise FileFormatError(
                message(
                    f"{where} describes too many objects.",
                    required=f"at most {limits.OBJECTS} objects, {limits.LAYERS} of them named",
                )
            )
        if not below:
            return
        level = below
    raise FileFormatError(f"{where} is nested more than {limits.JSON_DEPTH} levels deep.")


def _check_numbers(item: dict[str, Any], where: str) -> None:
    thresholds = item.get("num_thresholds")
    if isinstance(thresholds, (int, float)) and thresholds > limits.THRESHOLDS:
        raise FileFormatError(
            f"{where}: num_thresholds is {thresholds}, at most {limits.THRESHOLDS} is accepted."
        )
