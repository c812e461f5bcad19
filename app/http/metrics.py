"""Metrics of the requests, for Prometheus."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """Counts and times requests by route, never by address: an address may hold personal data."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("method", "route", "status")
        self.requests = Counter("anda_requests", "Requests answered.", labels, registry=registry)
        self.seconds = Histogram(
            "anda_request_seconds", "Time to answer.", ("method", "route"), registry=registry, buckets=BUCKETS
        )
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one response and its time in seconds."""
        key = (method, route, status)
        children = self._children.get(key)
        if children is None:
            children = (self.requests.labels(method, route, str(status)), self.seconds.labels(method, route))
            self._children[key] = children
        children[0].inc()
        children[1].observe(seconds)


_METRICS: dict[CollectorRegistry, Metrics] = {}


def metrics_for(registry: CollectorRegistry = REGISTRY) -> Metrics:
    """Return the one set of metrics of a registry, however many applications a process builds."""
    if registry not in _METRICS:
        _METRICS[registry] = Metrics(registry)
    return _METRICS[registry]
