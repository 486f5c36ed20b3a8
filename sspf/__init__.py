"""The project: it composes the rooms and decides nothing."""
