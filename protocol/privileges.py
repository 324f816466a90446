"""THE table of what IRC operators may be allowed: a row for each privilege. Owns: their names. Must not: ask for one
(`policy.require_privilege` does, and the rows of commands name theirs)."""

PRIVILEGES = {
    "chghost": "changes the user name and visible host of others",
    "die": "stops the server",
    "dline": "bans addresses and networks",
    "globops": "speaks to all IRC operators",
    "kill": "disconnects users",
    "kline": "bans users by user name and host",
    "metadata": "sets what others, and any channel, tell about themselves (METADATA)",
    "link": "links servers (CONNECT) and cuts links (SQUIT)",
    "messages": "sends a message to everybody ($mask)",
    "erase": "erases what others have said from the history",
    "redact": "takes messages of others back, wherever it can read them",
    "rehash": "has the server read its files again",
    "restart": "starts the server anew",
    "resv": "reserves nicks and channels, and may use what is reserved",
    "sajoin": "makes users join a channel",
    "samode": "changes the modes of any channel; as its operator, kicks in spite of +Q and renames a permanent one",
    "sanick": "changes the nick of others",
    "sapart": "makes users leave a channel",
    "satopic": "sets the topic of any channel",
    "shun": "mutes users on the whole server",
    "spy": "sees secret channels without being in them",
    "stats": "sees what STATS shows to operators only",
    "wallops": "speaks to all users with mode +w",
}
