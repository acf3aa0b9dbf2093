"""One service process, put together: see `chassis.process.process.Process`."""

from chassis.process.part import Part
from chassis.process.process import Process
from chassis.process.runner import run

__all__ = ["Part", "Process", "run"]
