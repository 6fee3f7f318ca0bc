"""Translate network policies between Kubernetes, Calico and Cilium, and prove what each translation changed."""

__version__ = "0.1.0"
