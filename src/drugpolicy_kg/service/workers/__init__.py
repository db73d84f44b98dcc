"""The processes that answer: loaded, forked, confined, asked one question at a time, replaced."""
