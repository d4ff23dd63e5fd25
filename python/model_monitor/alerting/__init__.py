"""Commands on alerts: show, explain, acknowledge, silence."""
