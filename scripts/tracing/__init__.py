# SPDX-License-Identifier: Apache-2.0
"""What scripts/trace2perfetto is made of."""
