"""What survives a restart: configuration, accounts, channels, passwords, and the folder they live in.

Owns: the files of the data folder and their forms.
Must not: know who is connected; import anything of `chat` but itself.
"""
