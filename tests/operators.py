"""What tests of IRC operators share: a configuration with one, and being it. Must not: hold a test."""

from tests.harness import IrcClient, ServerUnderTest

CONFIG = '[[operator]]\nname = "root"\npassword = "rootpass"\n'
# A further operator, who may do little.
SMALL = """
[[operator]]
name = "small"
password = "rootpass"
class = "small"
[[class]]
name = "small"
privileges = ["wallops"]
"""


def boss(server: ServerUnderTest) -> IrcClient:
    """An IRC operator."""
    client = server.irc("boss")
    client.ask("OPER root rootpass")
    return client
