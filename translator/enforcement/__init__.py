"""What network plugins make of Kubernetes NetworkPolicies: not everything that the API promises."""

from translator.enforcement.judging import Shortfall, judge, verdict_of
from translator.enforcement.profile import Grade, Outcome, Plugin, Use
from translator.enforcement.table import PLUGINS, plugin_named

__all__ = ["PLUGINS", "Grade", "Outcome", "Plugin", "Shortfall", "Use", "judge", "plugin_named", "verdict_of"]
