"""Calico: projectcalico.org/v3 and crd.projectcalico.org/v1."""
