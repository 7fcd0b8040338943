from unittest.mock import patch

with patch("tools.guards.require_ci"), patch("tools.guards.require_fingerprint"):
    import tools.sync_rates

    tools.sync_rates.main()
