"""What the control plane costs without any engine: webhooks, agent, parked productions, an idle stack."""
