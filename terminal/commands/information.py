"""/help. Owns: how the table of commands is shown. Must not: list a command that the table does not hold."""

from terminal.client import Client
from terminal.commands.registry import COMMANDS, FAMILIES, command, find, unknown

_COLUMN = 24  # of a usage; the help of a longer one follows it, so that all of it fits beside the lists


@command("/help [command or family]", "windows", online=False)
def show_help(client: Client, arguments: str) -> None:
    """List the commands by families, or explain those of a family, or one."""
    if not arguments:
        for family in FAMILIES:
            client.tell(f"{family}: {' '.join(row.name for row in COMMANDS.values() if row.family == family)}")
        client.tell(
            f"/help {FAMILIES[0]} explains those of a family, /help join one; Tab completes, /keys lists the keys."
        )
        client.tell("Anything else is said on the current channel; //text says /text.")
    elif arguments.lower() in FAMILIES:
        for row in COMMANDS.values():
            if row.family == arguments.lower():
                client.tell(f"{row.usage:{_COLUMN}}  {row.help}")
    else:
        name = "/" + arguments.lstrip("/").lower()
        one = find(name)
        if one is None:
            raise unknown(name)
        client.tell(f"{one.usage}  {one.help}")
