"""Measures the service beside what people use today: python -m tests.benchmarks."""
