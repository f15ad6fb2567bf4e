# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module served_info, which needs no privileges at the controller."""

from __future__ import annotations

from ansible_collections.twinzone.edge.plugins.modules import served_info
from ansible_collections.twinzone.edge.plugins.plugin_utils.controller import ControllerModule


class ActionModule(ControllerModule):
    """Runs the module."""

    main = staticmethod(served_info.main)
