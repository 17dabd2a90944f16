"""What an auditor asks of the record: is it whole, is it unchanged, and does it follow from the rules then in force?"""

from engine.audit.checking import Checking, Progress
from engine.audit.flaws import Flaw, FlawKind
from engine.audit.keys import PublicKey, Signer, list_keys, origin_of, rotate, verifies
from engine.audit.log import Sealing, TreeHead, key_file, list_heads, make_ready, nodes_of, seal
from engine.audit.nightly import NightlyReExecution, draw_cases, list_cases
from engine.audit.proofs import Consistency, Inclusion, newest_head, prove_consistency, prove_inclusion
from engine.audit.publishing import Published, Publisher, Way, by_mail, list_published, to_file, to_hook
from engine.audit.reexecution import CaseReport, Damage, StreamReport, case_keys, re_execute
from engine.audit.verification import Verification, verify

__all__ = [
    "CaseReport",
    "Checking",
    "Consistency",
    "Damage",
    "Flaw",
    "FlawKind",
    "Inclusion",
    "NightlyReExecution",
    "Progress",
    "PublicKey",
    "Published",
    "Publisher",
    "Sealing",
    "Signer",
    "StreamReport",
    "TreeHead",
    "Verification",
    "Way",
    "by_mail",
    "case_keys",
    "draw_cases",
    "key_file",
    "list_cases",
    "list_heads",
    "list_keys",
    "list_published",
    "make_ready",
    "newest_head",
    "nodes_of",
    "origin_of",
    "prove_consistency",
    "prove_inclusion",
    "re_execute",
    "rotate",
    "seal",
    "to_file",
    "to_hook",
    "verifies",
    "verify",
]
