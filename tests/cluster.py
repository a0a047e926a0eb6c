"""A Ray cluster of two nodes on this machine, whose processes and nodes a test can kill."""

import signal
import time

import psutil

from real_cloned.parameters.session import ExecutorParameters


class TwoNodes:
    """A cluster of two nodes with one core each."""

    def __init__(self):
        from ray.cluster_utils import Cluster

        patient = {"health_check_failure_threshold": 30}  # a machine that is busy with other tests is not dead
        head = {"num_cpus": 1, "include_dashboard": False, "_system_config": patient}
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self._second = None
        self.start_second()

    def start_second(self):
        """Start the second node where there is none, or none any more; Ray does so in the main thread only."""
        self._second = self._second or self._cluster.add_node(num_cpus=1)

    def executor(self, **settings):
        return ExecutorParameters(backend="ray", address=self._cluster.address, **settings)

    def kill_worker(self):
        """Kill a process that is at work on a task or a training."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for process in self._workers():
                process.send_signal(signal.SIGKILL)
                return
            time.sleep(0.002)
        raise TimeoutError("no worker was at work")

    def kill_node(self):
        """Kill the node on which this process is not."""
        self._cluster.remove_node(self._second, allow_graceful=False)
        self._second = None

    def stop(self):
        self._cluster.shutdown()

    def _workers(self):
        nodes = [info.process.pid for node in self._cluster.list_all_nodes() for info in _processes(node)]
        for node in nodes:
            for process in psutil.Process(node).children(recursive=True):
                try:
                    title = " ".join(process.cmdline())
                except psutil.Error:
                    continue
                if title.startswith("ray::_call") or "TrainWorker" in title:
                    yield process


def _processes(node):
    return [info for kind, infos in node.all_processes.items() if kind == "raylet" for info in infos]
