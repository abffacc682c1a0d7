# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The query language of the lists: q=<field><op><value>, sort, limit, start, count, replyWithCount, fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .errors import BadRequest, Refused

Inventory = dict[str, Any]
#: In the server's order: the first that a condition contains is taken for its operator.
OPERATORS = ("!=", ">=", "<=", "!?=", "!~=", "~=", "?=", "=", ">", "<")
NULLS = {"is null": True, "not null": False}
DEFAULT_LIMIT = 1000


def select(
    rows: list[Inventory], query: Mapping[str, list[str]], values: Callable[[Inventory, str], list[Any] | None]
) -> dict[str, Any]:
    """What a list call answers.

    values: the values that a row has in a field (several across tables), None for a field that does not exist.
    """
    found = [row for row in rows if all(_matches(row, condition, values) for condition in query.get("q", []))]
    total = len(found)
    if _last(query, "count") == "true":
        return {"total": total}
    order = _last(query, "sort")
    if order:
        name = order.lstrip("+- ")
        found.sort(key=lambda row: str((values(row, name) or [""])[0]), reverse=order.startswith("-"))
    start, limit = int(_last(query, "start") or 0), int(_last(query, "limit") or DEFAULT_LIMIT)
    found = found[start : start + limit]
    wanted = _last(query, "fields")
    if wanted:
        found = [{name: row.get(name) for name in wanted.split(",")} for row in found]
    answer: dict[str, Any] = {"inventories": [{k: v for k, v in row.items() if v is not None} for row in found]}
    if _last(query, "replyWithCount") == "true":
        answer["total"] = total
    answer["schema"] = {}
    return answer


def _last(query: Mapping[str, list[str]], name: str) -> str | None:
    return query[name][-1] if query.get(name) else None


def _matches(row: Inventory, condition: str, values: Callable[[Inventory, str], list[Any] | None]) -> bool:
    for text, null in NULLS.items():
        if condition.endswith(" " + text):
            return (_values(row, condition[: -len(text)].strip(), values) in ([], [None])) is null
    operator = next((op for op in OPERATORS if op in condition), None)
    if operator is None:
        raise BadRequest(f"Invalid query parameter. The '{condition}' in the parameter[q] doesn't contain any operator")
    name, _, wanted = condition.partition(operator)
    there = [str(value).lower() for value in _values(row, name, values) if value is not None]
    wanted = wanted.lower()
    match operator:
        case "=":
            return wanted in there
        case "!=":
            return wanted not in there
        case "?=":
            return bool(set(wanted.split(",")) & set(there))
        case "!?=":
            return not set(wanted.split(",")) & set(there)
        case "~=":
            return any(_like(wanted, value) for value in there)
        case "!~=":
            return not any(_like(wanted, value) for value in there)
        case ">":
            return any(value > wanted for value in there)
        case "<":
            return any(value < wanted for value in there)
        case ">=":
            return any(value >= wanted for value in there)
        case _:
            return any(value <= wanted for value in there)


def _values(row: Inventory, name: str, values: Callable[[Inventory, str], list[Any] | None]) -> list[Any]:
    found = values(row, name)
    if found is None:
        raise Refused("SYS.1007", "bad argument", f"condition name[{name}] is invalid, no such field")
    return found


def _like(pattern: str, value: str) -> bool:
    """SQL's LIKE: % any characters, _ one."""
    expression = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in pattern)
    return re.fullmatch(expression, value, re.DOTALL) is not None
