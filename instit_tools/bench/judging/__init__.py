"""Open-ended answers scored by a judge, which is a model that is asked how right each is."""
