"""The published graphs in another engine: Debian's Virtuoso 7, as the EU's Cellar runs it."""
