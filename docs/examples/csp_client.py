"""A chat client for the JSON protocol: python csp_client.py HOST PORT NAME PASSWORD GROUP"""

import json
import socket
import sys
import threading

host, port, name, password, group = sys.argv[1:]
connection = socket.create_connection((host, int(port)))
lines = connection.makefile(encoding="utf-8", newline="\n")


def send(command, channel="CC", payload="", **parameters):
    request = {"version": 1.0, "command": command, "parameters": {"username": name, **parameters}}
    connection.sendall(json.dumps({**request, "channel": channel, "payload": payload}).encode() + b"\n")


def show(response):
    print("".join(char for char in str(response["payload"]) if char.isprintable()), flush=True)


def answer(good, bad):
    """Reads up to the answer to the last request: True for the code `good`, False for `bad`."""
    for line in lines:
        response = json.loads(line)
        if response["response_code"] in (good, bad):
            return response["response_code"] == good
        show(response)
        if response["response_code"] >= "300":
            break
    sys.exit("The server does not let us in.")


send("AUTH", password=password)
if not answer("110", "200"):
    send("NWUA", password=password)
    if not answer("110", "200"):
        sys.exit("The name belongs to somebody else, or the password is wrong.")
send("CHAT", chat_name=group)
if not answer("170", "230"):
    send("JOIN", chat_name=group)
    if not answer("180", "240"):
        sys.exit("The group does not let us in.")
print(f"You are in {group}. Type and press Enter; end with Ctrl-D.", flush=True)

printer = threading.Thread(target=lambda: [show(json.loads(line)) for line in lines], daemon=True)
printer.start()
for text in filter(None, map(str.strip, sys.stdin)):
    send("MSSG", "DC", text, chat_name=group)
send("LEVE", chat_name=group)
connection.shutdown(socket.SHUT_WR)
printer.join(timeout=5)
