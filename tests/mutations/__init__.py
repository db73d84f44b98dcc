"""One defect at a time, planted in the real documents at a place that a seed chooses.

Each kind of defect says which rules may find it, at which line, and which further findings
follow from it of necessity (a code that the other edition still has otherwise, say). Whatever
else appears is a false alarm.
"""
