"""Make a router forget the connections that it tracks, as one does that is restarted (ctnetlink, what `conntrack -F` sends)."""

import socket
import struct
from typing import Final

_NETLINK_NETFILTER: Final = 12
_DELETE: Final = (1 << 8) | 2
"""NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE; without a connection named: all of them (linux/netfilter/nfnetlink_conntrack.h)."""
_REQUEST, _ACK = 1, 4


def forget_connections() -> None:
    """Of the network of this thread. Raises OSError where the kernel refuses."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as kernel:
        kernel.send(struct.pack("=IHHIIBBH", 20, _DELETE, _REQUEST | _ACK, 1, 0, socket.AF_UNSPEC, 0, 0))
        (code,) = struct.unpack_from("=i", kernel.recv(4096), 16)
    if code:
        raise OSError(-code, "the connections could not be forgotten")
