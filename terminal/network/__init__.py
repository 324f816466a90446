"""How a server is reached: addresses, connections with their thread, TLS, pauses between attempts, pacing of lines.

Owns: sockets. Must not: know a dialect, a window or a setting's name beyond what a sentence tells a person to type.
"""
