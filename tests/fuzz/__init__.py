"""Queries made at random: the service answers them as the engine alone does."""
