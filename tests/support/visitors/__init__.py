# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What real outages cost the visitors of a site: replays in simulated time, with different ways to react to them.

`replays` says what failed and when. A `strategies` file looks at the fronts and writes records, as one tool or service
does. `authority` is what the name servers serve in consequence, `resolvers` who asks them and keeps the answers, and
`costs` adds up how long visitors were led to a front that failed. `report` and `picture` show it.
"""
