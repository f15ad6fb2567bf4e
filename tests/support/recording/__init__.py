# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording of the demo as a picture that moves: `make recording`.

`record` runs the demo on a terminal of its own and notes what comes when; `terminal` reads that as rows; `film` draws
them.
"""
