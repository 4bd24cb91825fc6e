"""The process sandbox as the application server brings it, usable on Linux. The application imports
this module, because OH_SANDBOX_KIND names it.

Its own one takes a server for running only while it burns processor time: an idle process is asleep
on Linux, and counts as starting for ever. And in a container it looks for the sandbox on the
container's host, while both are beside each other here.
"""

import psutil
from openhands.app_server.sandbox.process_sandbox_service import (
    ProcessSandboxService,
    ProcessSandboxServiceInjector,
)
from openhands.app_server.sandbox.sandbox_models import SandboxStatus
from openhands.app_server.utils import docker_utils

docker_utils.is_running_in_docker = lambda: False

ASLEEP = (psutil.STATUS_SLEEPING, psutil.STATUS_DISK_SLEEP)


class IdleIsRunning(ProcessSandboxService):
    def _get_process_status(self, process_info):
        status = super()._get_process_status(process_info)
        if status is SandboxStatus.STARTING and is_asleep(process_info.pid):
            return SandboxStatus.RUNNING
        return status


def is_asleep(pid):
    try:
        return psutil.Process(pid).status() in ASLEEP
    except psutil.NoSuchProcess:
        return False


class IdleIsRunningInjector(ProcessSandboxServiceInjector):
    async def inject(self, state, request=None):
        async for service in super().inject(state, request):
            yield IdleIsRunning(**vars(service))
