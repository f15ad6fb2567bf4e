# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probing fronts: `options` says what is asked, `probe` asks one address once, `observe` asks all side by side.

This and all that it imports runs on any inventory host: nothing newer than Python 3.8, nothing but its standard
library.
"""
