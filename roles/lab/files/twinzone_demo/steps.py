# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The story as a list of steps. Each names what is typed and what must result; `scene.py` plays and checks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LAB = "python roles/lab/files/lab.py"
#: Seconds that each API gets in a failover of the story; the role's own default would only make the story longer.
DEADLINE = 3

ON_CLOUDFLARE = {"cloudflare": "cloudflare", "desec": "cloudflare"}
ON_BUNNY = {"cloudflare": "bunny", "desec": "bunny"}
BETWEEN = {"cloudflare": "cloudflare", "desec": "bunny"}


@dataclass(frozen=True)
class Run:
    """A failover run; its report is kept under the name of the step."""

    outcome: str
    #: The result of each provider, in the words of the report.
    providers: Mapping[str, str]
    #: What is typed besides the playbook.
    more: str = ""
    #: The exit status of ansible-playbook.
    status: int = 0
    #: Whether the report must name, and the demo show, the calls that would finish the job by hand.
    by_hand: bool = False


@dataclass(frozen=True)
class Step:
    """One step: the commands, then the failover run, then what visitors see."""

    name: str
    title: str
    about: str
    commands: tuple[str, ...] = ()
    run: Run | None = None
    #: Provider → the front that its name servers must lead to afterwards; empty: they are not asked.
    served: Mapping[str, str] = field(default_factory=dict)
    #: Whether the site is fetched as visitors fetch it, and shown.
    visited: bool = False
    #: The front that does not answer visitors; empty for none.
    dead: str = ""
    #: Whether the commands and the run must have sent no request to an API but one list read at Cloudflare.
    silent: bool = False
    #: Whether the figures of all runs so far are shown.
    figures: bool = False


STEPS = (
    Step(
        name="lab",
        title="A lab, all of it on this machine",
        about="Two DNS providers, Cloudflare and deSEC, are emulated: an API and two name servers each. Two CDN fronts "
        "are in front of www.example.com; they are called cloudflare and bunny. No account, no root, no internet.",
        commands=(
            f"{LAB} start --dir $LAB --parent-pid $$",
            ". $LAB/env",
            "export ANSIBLE_INVENTORY=$LAB/inventory.yml",
        ),
    ),
    Step(
        name="sync",
        title="One zone at both providers",
        about="The file $LAB/zones/example.com.yml holds the zone; one command makes both providers equal. One record "
        "of it decides which front visitors get: web-router, which www points to.",
        commands=("ansible-playbook playbooks/sync.yml",),
        served=ON_CLOUDFLARE,
        visited=True,
    ),
    Step(
        name="quiet",
        title="A failover run with nothing to do",
        about="This is the command that a timer would run every few minutes. Both fronts are well, so it changes "
        "nothing; it asks the fronts and the name servers, and reads one list at Cloudflare, whose name servers hide "
        "where a public name leads.",
        commands=(f"{LAB} log --dir $LAB --reset",),
        run=Run(outcome="unchanged", providers={"cloudflare": "not needed", "desec": "not needed"}),
        served=ON_CLOUDFLARE,
        silent=True,
    ),
    Step(
        name="break",
        title="The bad day: the front dies, and with it Cloudflare's API",
        about="The front cloudflare refuses connections. Cloudflare's API accepts them and never answers. Its name "
        "servers still work, and all four send visitors to the dead front.",
        commands=(
            f"{LAB} break --dir $LAB front_cloudflare refuse",
            f"{LAB} break --dir $LAB cloudflare_api hang",
        ),
        served=ON_CLOUDFLARE,
        visited=True,
        dead="cloudflare",
    ),
    Step(
        name="outage",
        title="The same command switches what can be switched",
        about=f"deSEC takes the switch at once. Cloudflare's API gets {DEADLINE} seconds here (failover_deadline), so "
        "the run stands still that long. It then ends as `partial`, which is a failure: exit status 2 is expected.",
        run=Run(
            outcome="partial",
            providers={"cloudflare": "deadline", "desec": "ok"},
            more=f" -e failover_deadline={DEADLINE}",
            status=2,
            by_hand=True,
        ),
        served=BETWEEN,
        visited=True,
        dead="cloudflare",
    ),
    Step(
        name="repair",
        title="Cloudflare's API comes back",
        about="The front is still down.",
        commands=(f"{LAB} repair --dir $LAB cloudflare_api",),
    ),
    Step(
        name="next",
        title="The next run finishes the job",
        about="Nobody has to remember what was left to do: the run sees that Cloudflare's name servers lag behind.",
        run=Run(outcome="converged", providers={"cloudflare": "ok", "desec": "not needed"}),
        served=ON_BUNNY,
        visited=True,
        dead="cloudflare",
    ),
    Step(
        name="recovery",
        title="The front recovers",
        about="Traffic stays where it is: unless the policy says otherwise, the way back is a person's decision.",
        commands=(f"{LAB} repair --dir $LAB front_cloudflare",),
        served=ON_BUNNY,
    ),
    Step(
        name="back",
        title="Back, by hand",
        about="It switches once and pins nothing. The front that is asked for must be well.",
        run=Run(outcome="switched", providers={"cloudflare": "ok", "desec": "ok"}, more=" -e failover_to=cloudflare"),
        served=ON_CLOUDFLARE,
        visited=True,
    ),
    Step(
        name="figures",
        title="What the runs took",
        about="From the reports that they left; Ansible's own start is not in it. To observe is to probe the fronts "
        "and to ask the name servers. During the outage deSEC was done long before Cloudflare was given up.",
        figures=True,
    ),
)
