"""Scripts for homework and tests: what an instruction is (`language`), and what becomes of it (`running`)."""
