"""How the processes in force hang together, and where in them something stands."""

from engine.process_map.layout import Box, Drawn, Layout, Wanted, lay_out
from engine.process_map.network import Link, LinkKind, Network, Node, read_network

__all__ = ["Box", "Drawn", "Layout", "Link", "LinkKind", "Network", "Node", "Wanted", "lay_out", "read_network"]
