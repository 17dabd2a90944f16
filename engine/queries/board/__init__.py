"""The supervisors' board: open work by group and person, what is late, whom cases wait for, what is stuck."""

from engine.queries.board.loads import GroupLoad, Load, PersonLoad, read_groups, read_people
from engine.queries.board.standing import MOST_COUNTED, Complaint, Standing, read_complaints, read_standing
from engine.queries.board.view import Board, read_board

__all__ = [
    "MOST_COUNTED",
    "Board",
    "Complaint",
    "GroupLoad",
    "Load",
    "PersonLoad",
    "Standing",
    "read_board",
    "read_complaints",
    "read_groups",
    "read_people",
    "read_standing",
]
