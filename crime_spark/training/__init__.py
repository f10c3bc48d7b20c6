"""How models are fitted: the plan, the fitting, the stage."""
