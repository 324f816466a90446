"""THE table of what IRC operators may be allowed: a row for each privilege. Owns: their names. Must not: ask for one
(`policy.require_privilege` does, and the rows of commands name theirs)."""

PRIVILEGES = {
    "chghost": "changes the user name and visible host of others",
    "kill": "disconnects users",
    "rehash": "has the server read its files again",
    "wallops": "speaks to all users with mode +w",
}
