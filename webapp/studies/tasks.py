"""The order of the steps, and what is tried again. Messages carry ids; every task may run twice."""

import logging
import threading

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from celery.signals import celeryd_after_setup, worker_process_init, worker_ready
from django.conf import settings
from django.db import connections

from dicom_node.errors import ArchiveError
from dicom_node.sr.rehearsal import rehearse
from webapp.studies import (
    claims,
    completion,
    delivery,
    events,
    holding,
    pipeline,
    priors,
    queueing,
    reporting,
)
from webapp.studies.errors import StageError

_log = logging.getLogger(__name__)


@shared_task(name="studies.analyse")
def analyse(round_id: int) -> None:
    """Convert, infer and report one round, then hand its report to delivery."""
    round_ = None if holding.is_held(round_id) else claims.take_round(round_id)
    if round_ is None:
        return
    if round_.attempts > settings.NODE_ANALYSIS_ATTEMPTS_LIMIT:
        reporting.fail(
            round_, StageError("analyse", f"the process that worked on it died {round_.attempts - 1} times.")
        )
        return
    try:
        evidence = reporting.gather(round_)
        analysis = pipeline.analyse(evidence.images, with_heat=True)
        deliveries = reporting.write(round_, evidence, analysis)
    except StageError as error:
        reporting.fail(round_, error)
    except ArchiveError as error:
        # a disk that is full or away comes back, and the study has done nothing wrong
        _log.error("round %d of study %s waits for the archive: %s", round_.number, round_.study, error)
        queueing.try_later(round_, count_attempt=False)
    except SoftTimeLimitExceeded:
        limit = settings.NODE_ANALYSIS_SECONDS_LIMIT
        reporting.fail(round_, StageError("analyse", f"it took longer than {limit} seconds."))
    except Exception:
        _log.exception("round %d of study %s failed unexpectedly", round_.number, round_.study)
        if round_.attempts >= settings.NODE_UNEXPECTED_ERRORS_LIMIT:
            reporting.fail(round_, StageError("analyse", "of an unexpected error; the log has its traceback."))
        else:
            queueing.try_later(round_)
    else:
        for delivery_id in deliveries:
            deliver.delay(delivery_id)


@shared_task(name="studies.deliver")
def deliver(delivery_id: int) -> None:
    """Send one report to one destination."""
    claimed = claims.take_delivery(delivery_id)
    if claimed is not None:
        delivery.send(claimed)


@shared_task(name="studies.fetch_priors")
def fetch_priors(search_id: int) -> None:
    """Look for the earlier mammograms of one study; the study itself does not wait for it."""
    search = claims.take_prior_search(search_id)
    if search is not None:
        priors.fetch(search)


@shared_task(name="studies.tick")
def tick() -> None:
    """Every second: complete quiet studies, pick up what is due or what a dead process left."""
    for round_ in completion.complete_quiet():
        analyse.delay(round_.pk)
    requeue()
    events.tell_now(events.ticked, __name__)


@shared_task(name="studies.sweep")
def sweep() -> None:
    """Every minute: correct what no single step can see, such as a round whose last delivery went unnoticed."""
    delivery.settle_all()


def requeue() -> None:
    """Queue again what waits without a message or a living worker."""
    for round_id in queueing.stranded_rounds():
        analyse.delay(round_id)
    for delivery_id in queueing.due_deliveries():
        deliver.delay(delivery_id)
    for search_id in priors.due_searches():
        fetch_priors.delay(search_id)


class _ModelProcess:
    """Whether the workers of this process tree need the model: those that serve the analysis queue do."""

    wanted = False


@celeryd_after_setup.connect
def note_queues(instance: object, **_: object) -> None:
    """Learn, before the fork, which queues this worker serves."""
    queues = instance.app.amqp.queues.consume_from  # type: ignore[attr-defined]
    _ModelProcess.wanted = "analysis" in queues
    if _ModelProcess.wanted:
        # a child that died of a bad image or for want of memory is back in a third of the time
        pipeline.prepare()


@worker_process_init.connect
def load_model_after_fork(**_: object) -> None:
    """Load the model after the fork, where TensorFlow does not hang, and beside the first task.

    A pool loses the task of a child that dies before it is ready; so a child is ready at once.
    """
    if _ModelProcess.wanted:
        threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()


@worker_ready.connect
def resume(**_: object) -> None:
    """Queue again what the worker before this one had taken and not begun."""
    if not _ModelProcess.wanted:
        return
    try:
        for round_id in queueing.rounds_to_resume():
            analyse.delay(round_id)
    finally:
        # the next child that is forked must not find a connection of its parent
        connections.close_all()


def _warm_up() -> None:
    try:
        pipeline.warm_up()
        rehearse()
    except Exception:
        _log.exception("this worker cannot score: its studies will fail at stage infer")
