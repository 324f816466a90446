#!/bin/sh
# Says on a channel whether a command did well, and what it printed: announce.sh HOST:PORT '#channel' COMMAND...
# The client reads a pipe, so it speaks in step with the server and leaves when the pipe ends.
client=${CLIENT:-client.py}
server=$1 channel=$2
shift 2

output=$("$@" 2>&1)
code=$?

{
    if [ "$code" -eq 0 ]; then
        echo "done: $*"
    else
        echo "failed with exit code $code: $*"
        printf '%s\n' "$output" | tail -n 5
    fi
    # Lines that start with a slash are commands, as in a window.
    echo "/me goes back to work"
} | "$client" --plain --name "${NAME:-announcer}" --join "$channel" "$server" >/dev/null

said=$?
# 1: no connection, 3: the name is taken, 4: the server refused something, such as the channel
[ "$said" -eq 0 ] || echo "the announcement failed with exit code $said" >&2
exit "$code"
