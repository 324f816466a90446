"""What the user may decide: the tables of settings, the file that keeps them, the flags and the themes."""

from terminal.settings.rows import BadSetting, Row, Value
from terminal.settings.servers import ServerSettings
from terminal.settings.table import GROUPS, Settings, change, names, parse, row, shown, value_of

__all__ = [
    "GROUPS",
    "BadSetting",
    "Row",
    "ServerSettings",
    "Settings",
    "Value",
    "change",
    "names",
    "parse",
    "row",
    "shown",
    "value_of",
]
