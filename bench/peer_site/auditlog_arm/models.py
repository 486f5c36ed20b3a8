"""Assignments registered with django-auditlog: signals write a difference for each save()."""

from auditlog.registry import auditlog

from bench.peer_site.assignment import AssignmentRow


class Assignment(AssignmentRow):
    class Meta(AssignmentRow.Meta):
        pass


auditlog.register(Assignment)


SUBJECT = Assignment
