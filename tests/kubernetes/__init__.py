"""The Kubernetes-native dialects, the wire checks they share, and the Kubernetes API as an engine."""
