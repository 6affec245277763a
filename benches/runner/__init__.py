"""What `benches/run.py` and `benches/report.py` are made of."""
