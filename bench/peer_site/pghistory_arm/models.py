"""Assignments tracked by django-pghistory: triggers write a copy of each row as it becomes."""

import pghistory

from bench.peer_site.assignment import AssignmentRow


@pghistory.track()
class Assignment(AssignmentRow):
    class Meta(AssignmentRow.Meta):
        pass


SUBJECT = Assignment
