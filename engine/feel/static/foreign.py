"""Functions that other FEEL engines have under other names, and those that this one must not have."""

from typing import Final

#: A case is executed again to prove it, so nothing here may draw a number or a name.
IMPURE: Final = frozenset(("uuid", "random number", "random"))
#: Name elsewhere (Camunda, Drools, spreadsheets, JavaScript) → what it is called here.
RENAMED: Final = {
    "put": "context put",
    "put all": "context merge",
    "merge": "context merge",
    "size": "count",
    "length": "string length",
    "len": "string length",
    "upper": "upper case",
    "lower": "lower case",
    "toUpperCase": "upper case",
    "toLowerCase": "lower case",
    "toString": "string",
    "toNumber": "number",
    "average": "mean",
    "avg": "mean",
    "round": "round half up",
    "ceil": "ceiling",
    "pow": "**",
    "concat": "concatenate",
    "coalesce": "get or else",
    "ifNull": "get or else",
    "isNull": "= null",
    "isEmpty": "is empty",
    "isBlank": "is blank",
    "startsWith": "starts with",
    "endsWith": "ends with",
    "indexOf": "index of",
    "includesItem": "list contains",
    "distinct": "distinct values",
    "unique": "distinct values",
    "join": "string join",
    "mod": "modulo",
    "ln": "log",
    "datetime": "date and time",
    "dateTime": "date and time",
    "filter": "list[condition]",
    "map": "for … in … return …",
}
#: Those of several words must be known to the parser to be read as names.
SEVERAL_WORDS: Final = frozenset(name for name in (*IMPURE, *RENAMED) if " " in name)
