"""A chat client for the JSON protocol: python csp_client.py HOST PORT NAME PASSWORD GROUP"""

import json
import socket
import sys
import threading

host, port, name, password, group = sys.argv[1:]
connection = socket.create_connection((host, int(port)))
lines = connection.makefile(encoding="utf-8", newline="\n")


def send(command, payload="", **parameters):
    request = {"version": 1.0, "command": command, "parameters": {"username": name, **parameters}, "payload": payload}
    connection.sendall(json.dumps(request).encode() + b"\n")


def show_until(*codes):
    """Shows what comes, up to a response with one of these codes, or a refusal (3xx); returns its code."""
    for line in lines:
        response = json.loads(line)
        code = response["response_code"]
        if code not in codes:
            print("".join(filter(str.isprintable, str(response["payload"]))), flush=True)
        if code in codes or (codes and code >= "300"):
            return code
    sys.exit("The server closed the connection.")


send("AUTH", password=password)
if show_until("110", "200") != "110":
    send("NWUA", password=password)
    if show_until("110", "200") != "110":
        sys.exit("The name belongs to somebody else, or the password is wrong.")
send("CHAT", chat_name=group)
if show_until("170", "230") != "170":  # the group is there already
    send("JOIN", chat_name=group)
    if show_until("180", "240") != "180":
        sys.exit("The group does not let us in.")
print(f"You are in {group}. Type and press Enter; end with Ctrl-D.", flush=True)

printer = threading.Thread(target=show_until, daemon=True)
printer.start()
for text in filter(None, map(str.strip, sys.stdin)):
    send("MSSG", text, chat_name=group)
connection.shutdown(socket.SHUT_WR)
printer.join(timeout=5)
