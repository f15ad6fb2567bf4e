# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS messages for tests, from records as zone files write them."""

from __future__ import annotations

import dns.message
import dns.rcode
import dns.rrset

NAME = "www.example.com."


def message(*answer: str, authority: tuple[str, ...] = (), rcode: int = dns.rcode.NOERROR) -> dns.message.Message:
    """An answer with these records, each as `name ttl IN type data`."""
    made = dns.message.make_response(dns.message.make_query(NAME, "A"))
    made.set_rcode(dns.rcode.Rcode(rcode))
    for section, lines in ((made.answer, answer), (made.authority, authority)):
        for line in lines:
            name, ttl, _in, rdtype, data = line.split(None, 4)
            rrset = next((one for one in section if str(one.name) == name and one.rdtype.name == rdtype), None)
            if rrset is None:
                section.append(dns.rrset.from_text(name, int(ttl), "IN", rdtype, data))
            else:
                rrset.update(dns.rrset.from_text(name, int(ttl), "IN", rdtype, data))
    return made
