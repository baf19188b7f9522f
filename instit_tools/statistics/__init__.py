"""Statistics of annotations: measures as tidy tables, summaries of them, token budgets, the published figures."""
