"""What is measured, in Prometheus' text format: requests of this process, and how the registry stands."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.request_names import method_of, route_of
from api.service import Service
from api.status import lag_of
from registry.chain.errors import NodeRefused
from registry.kit.clock import Stopwatch
from registry.kit.errors import Unavailable
from registry.mirror import queries as mirror
from registry.relay import queries as acts

# A request may wait for its act for half a minute.
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """One for each process. Labels come from routes, statuses and refusals' codes, which are few and known."""

    def __init__(self, service: Service) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "counterfoil_requests",
            "Requests answered by this process",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "counterfoil_request_seconds",
            "How long the answers took",
            ("method", "route"),
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self.registry.register(_Standing(service))
        ProcessCollector(registry=self.registry)

    def note_request(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)


class Measured:
    """Notes each answer of an application, by the pattern of its address, never by the address."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        watch, status = Stopwatch(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            self._metrics.note_request(method_of(scope), route_of(scope), status, watch.seconds)


class _Standing(Collector):
    """Read when it is asked for, the same in each process of a database. What does not answer is missing, and said to be
    down."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        try:
            yield from list(self._database())
            is_database_up = True
        except Unavailable:
            is_database_up = False
        try:
            yield from list(self._lag()) if is_database_up else self._head()
            is_node_up = True
        except (Unavailable, NodeRefused):
            is_node_up = False
        yield GaugeMetricFamily("counterfoil_database_up", "Whether the database answers", is_database_up)
        yield GaugeMetricFamily("counterfoil_node_up", "Whether the chain's node answers", is_node_up)

    def _head(self) -> list[Metric]:
        return [
            GaugeMetricFamily("counterfoil_chain_block", "The node's head", self._service.node.block_number())
        ]

    def _lag(self) -> Iterator[Metric]:
        lag = lag_of(self._service)
        if lag is None:
            yield from self._head()
            return
        yield GaugeMetricFamily("counterfoil_chain_block", "The node's head", lag.head)
        yield GaugeMetricFamily("counterfoil_mirror_lag_blocks", "Blocks not mirrored yet", lag.blocks)
        yield GaugeMetricFamily(
            "counterfoil_mirror_lag_seconds", "Age of the oldest block not mirrored yet", lag.seconds
        )

    def _database(self) -> Iterator[Metric]:
        with self._service.database.read() as session:
            cursor, found = mirror.cursor(session), mirror.last_reconciliation(session)
            statuses, refused = acts.counts(session), acts.refused_counts(session)
            oldest = acts.oldest_unfinished_s(session, self._service.context.clock)
            stopped_by = mirror.quarantined(session)
        by_status = GaugeMetricFamily("counterfoil_acts", "Acts of the outbox", labels=["status"])
        for status, count in statuses.items():
            by_status.add_metric([status.value], count)
        by_code = GaugeMetricFamily(
            "counterfoil_acts_refused", "Acts that the chain refused, by its error", labels=["code"]
        )
        for code, count in refused.items():
            by_code.add_metric([code], count)
        yield by_status
        yield by_code
        yield GaugeMetricFamily(
            "counterfoil_oldest_unfinished_act_seconds", "How long the oldest act has been on its way", oldest
        )
        yield GaugeMetricFamily("counterfoil_quarantined_logs", "Logs that stop the mirror", stopped_by)
        if cursor is not None:
            yield GaugeMetricFamily(
                "counterfoil_mirror_block", "The block the mirror stands on", cursor.number
            )
            yield GaugeMetricFamily(
                "counterfoil_mirror_final_block", "The last that is final", cursor.final_number
            )
        if found is not None:
            yield GaugeMetricFamily(
                "counterfoil_drifts", "Differences the last reconcile found", found.drifts
            )
            yield GaugeMetricFamily(
                "counterfoil_reconciled_block", "Up to where it looked", found.block_number
            )
            yield GaugeMetricFamily(
                "counterfoil_reconciled_timestamp_seconds", "When it looked", found.at.timestamp()
            )
