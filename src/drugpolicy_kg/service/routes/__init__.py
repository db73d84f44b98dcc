"""What each address answers, at the level of ASGI."""
