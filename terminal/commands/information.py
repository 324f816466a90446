"""/help. Owns: how the table of commands is shown. Must not: list a command that the table does not hold."""

from terminal.client import Client
from terminal.commands.registry import COMMANDS, FAMILIES, Mistake, command, find, nearest


@command("/help [command]", "windows", online=False)
def show_help(client: Client, arguments: str) -> None:
    """List the commands, or explain one."""
    if arguments:
        name = "/" + arguments.lstrip("/").lower()
        row = find(name)
        if row is None:
            meant = f" Did you mean {nearest(name)}?" if nearest(name) else ""
            raise Mistake(f"There is no command {name}.{meant} /help lists all.")
        client.tell(f"{row.usage}  {row.help}")
        return
    width = max(len(row.usage) for row in COMMANDS.values())
    for family in FAMILIES:
        for row in COMMANDS.values():
            if row.family == family:
                client.tell(f"{row.usage:{width}}  {row.help}")
    client.tell("Anything else is said on the current channel; //text says /text.")
