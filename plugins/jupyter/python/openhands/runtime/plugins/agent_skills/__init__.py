"""The skills of an agent in a notebook; `agentskills` has them all."""
