"""The service as its users meet it: a server in a process of its own."""
