"""Training of one network: phases, two rates of learning, averaged weights, checkpoints."""

import logging
import queue
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tqdm import tqdm

from inference.architecture import build
from inference.training.augmentation import Batch, draw
from inference.training.backbone import find_weights, load_backbone, read_pytorch_weights
from inference.training.data import FilmSet, with_suspicion
from inference.training.folded import depthwise_beyond, folded, stays
from inference.training.losses import heat_loss, image_loss
from inference.training.settings import Phase, Settings

logger = logging.getLogger(__name__)


@dataclass
class Trainer:
    """A network with its optimisers and its averaged weights."""

    model: keras.Model
    trunk_variables: list[keras.Variable]
    head_variables: list[keras.Variable]
    averages: list[tf.Variable]

    def trunk_from(self, first_block: int, frozen: frozenset[str] = frozenset()) -> list[keras.Variable]:
        """The trunk's variables from that block on, -1 for all with the stem, but for ``frozen`` kernels."""
        late = [v for v in self.trunk_variables if _block_number(v.path) >= first_block]
        return [v for v in late if not stays(v.path, frozen)]

    @property
    def variables(self) -> list[keras.Variable]:
        """What is learnt: trunk, then head."""
        return self.trunk_variables + self.head_variables


def _block_number(path: str) -> int:
    """Number of the block in a variable's path such as ``block12_expand/kernel``; -1 for the stem."""
    found = re.match(r"block(\d+)_", path)
    return int(found.group(1)) if found else -1


def new_trainer(settings: Settings, weights: Path | None) -> Trainer:
    """Build the network on its ImageNet weights, for pictures of any size.

    Parameters
    ----------
    settings
        Architecture and seed.
    weights
        The PyTorch file, or None for the installed package's.
    """
    keras.utils.set_random_seed(settings.seed)
    model = build(settings.variant, None, None, settings.head_channels)
    load_backbone(model, read_pytorch_weights(weights or find_weights(settings.variant)))
    trunk: list[keras.Variable] = []
    head: list[keras.Variable] = []
    for layer in model.layers:
        (trunk if layer.name.startswith(("stem", "block")) else head).extend(layer.trainable_variables)
    averages = [tf.Variable(v.value, trainable=False) for v in trunk + head]
    return Trainer(model, trunk, head, averages)


def batches(films: FilmSet, phase: Phase, settings: Settings, seed: tuple[int, ...], count: int) -> Iterator[Batch]:
    """Draw ``count`` batches in a thread beside the training; the order follows from ``seed`` alone."""
    ready: queue.Queue[Batch | BaseException] = queue.Queue(4)

    def work() -> None:
        try:
            rng = np.random.default_rng(seed)
            order: NDArray[np.intp] = np.zeros(0, np.intp)
            for _ in range(count):
                while len(order) < phase.batch:
                    order = np.concatenate([order, rng.permutation(len(films.films))])
                ready.put(draw(rng, films, order[: phase.batch], phase, settings.augmentation))
                order = order[phase.batch :]
        except BaseException as error:
            ready.put(error)

    threading.Thread(target=work, daemon=True).start()
    for _ in range(count):
        item = ready.get()
        if isinstance(item, BaseException):
            raise item
        yield item


def adapt(trainer: Trainer, films: FilmSet, settings: Settings) -> None:
    """Fit the batch statistics to mammograms; afterwards they stay as they are."""
    if settings.adapt_batches == 0:
        return
    norms = [la for la in trainer.model.layers if isinstance(la, keras.layers.BatchNormalization)]
    kept = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.9
    phase = settings.phases[0]
    forward = tf.function(lambda x: trainer.model(x, training=True))
    for batch in batches(films, phase, settings, (settings.seed, 999), settings.adapt_batches):
        forward(tf.constant(batch.tensors))
    for norm, momentum in zip(norms, kept, strict=True):
        norm.momentum = momentum


def _rates(phase: Phase, steps: int) -> tuple[keras.optimizers.schedules.LearningRateSchedule, ...]:
    warm = max(1, steps // 12)
    return tuple(
        keras.optimizers.schedules.CosineDecay(
            rate * 0.05, steps - warm, alpha=0.01, warmup_target=rate, warmup_steps=warm
        )
        for rate in (phase.trunk_rate, phase.head_rate)
    )


def run_phase(trainer: Trainer, films: FilmSet, settings: Settings, number: int, folder: Path) -> None:
    """Run phase ``number``, from its last checkpoint when ``folder`` holds one; ends on the averages."""
    phase = settings.phases[number]
    per_epoch = max(1, round(len(films.films) * phase.draws_per_film / phase.batch))
    rates = _rates(phase, per_epoch * phase.epochs)
    optimizers = [keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay) for rate in rates]
    frozen = depthwise_beyond(trainer.model, phase.largest_depthwise)
    trunk = trainer.trunk_from(phase.first_block, frozen)
    optimizers[0].build(trunk)
    optimizers[1].build(trainer.head_variables)
    for average, variable in zip(trainer.averages, trainer.variables, strict=True):
        average.assign(variable.value)
    epoch = tf.Variable(0, trainable=False)
    checkpoint = tf.train.Checkpoint(
        epoch=epoch,
        weights=[v.value for v in trainer.model.variables],
        state=[v.value for o in optimizers for v in o.variables],
        averages=trainer.averages,
    )
    manager = tf.train.CheckpointManager(checkpoint, str(folder / f"phase{number}"), max_to_keep=1)
    if manager.latest_checkpoint:
        checkpoint.restore(manager.latest_checkpoint).assert_consumed()
        logger.info("phase %s goes on after epoch %d", phase.name, int(epoch.numpy()))
    step = _compiled_step(trainer, phase, settings, optimizers, trunk, frozen)
    events = tf.summary.create_file_writer(str(folder / "events" / phase.name))
    while int(epoch.numpy()) < phase.epochs:
        done = int(epoch.numpy())
        losses = []
        drawn = batches(films, phase, settings, (settings.seed, number, done), per_epoch)
        for batch in tqdm(drawn, total=per_epoch, desc=f"{phase.name} {done + 1}/{phase.epochs}", mininterval=10):
            losses.append([float(x) for x in step(*[tf.constant(a) for a in batch.arrays()])])
        epoch.assign_add(1)
        manager.save()
        with events.as_default(step=done + 1):
            _note(phase, done + 1, losses, float(rates[0](optimizers[0].iterations)))
            events.flush()
    for average, variable in zip(trainer.averages, trainer.variables, strict=True):
        variable.assign(average)


def _note(phase: Phase, epoch: int, losses: list[list[float]], trunk_rate: float) -> None:
    """Write the mean losses of an epoch into the log and the open event file."""
    image, heat = np.mean(losses, axis=0)
    logger.info("phase %s epoch %d: image loss %.4f, heat loss %.4f", phase.name, epoch, image, heat)
    tf.summary.scalar("loss/image", image)
    tf.summary.scalar("loss/heat", heat)
    tf.summary.scalar("rate/trunk", trunk_rate)


def _compiled_step(  # type: ignore[no-untyped-def]
    trainer: Trainer,
    phase: Phase,
    settings: Settings,
    optimizers: list[keras.optimizers.Optimizer],
    trunk: list[keras.Variable],
    frozen: frozenset[str],
):
    learnt = trunk + trainer.head_variables
    forward = folded(trainer.model, frozen)
    count = len(trunk)

    @tf.function
    def step(tensors, labels, weights, mass, malignant, known):  # type: ignore[no-untyped-def]
        with tf.GradientTape() as tape:
            output = forward(tensors)
            image = image_loss(labels, weights, output["image"], settings.label_smoothing)
            heat = heat_loss(mass, malignant, known, output["heat"])
            loss = phase.image_loss * image + phase.heat_loss * heat
        gradients = tape.gradient(loss, [v.value for v in learnt])
        gradients, _ = tf.clip_by_global_norm(gradients, 5.0)
        optimizers[0].apply(gradients[:count], trunk)
        optimizers[1].apply(gradients[count:], trainer.head_variables)
        done = tf.cast(optimizers[0].iterations, tf.float32)
        keep = tf.minimum(settings.ema, (1.0 + done) / (10.0 + done))
        for average, variable in zip(trainer.averages, trainer.variables, strict=True):
            average.assign_add((1.0 - keep) * (variable - average))
        return image, heat

    return step


def train(films: FilmSet, settings: Settings, folder: Path, weights: Path | None = None) -> keras.Model:
    """Train one network on ``films`` through every phase.

    Parameters
    ----------
    films
        The training films.
    settings
        Everything else.
    folder
        For checkpoints; a run that was broken off goes on where it was.
    weights
        The PyTorch backbone file, or None for the installed package's.

    Returns
    -------
    keras.Model
        With averaged weights, for pictures of any size.
    """
    films = with_suspicion(films, settings.suspicion_share)
    trainer = new_trainer(settings, weights)
    adapt(trainer, films, settings)
    for number in range(len(settings.phases)):
        run_phase(trainer, films, settings, number, folder)
    return trainer.model


def score(model: keras.Model, tensors: NDArray[np.uint8], flips: bool, batch: int = 8) -> NDArray[np.float64]:
    """Score whole films; ``(films, height, width)`` uint8 to ``(films,)`` raw scores 0..1.

    With ``flips`` the score is the mean of the logits of the film and of the film upside down.
    """
    forward = tf.function(lambda x: model(x, training=False)["image"][:, 0])

    def logits(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
        raw = np.clip(forward(tf.constant(pictures[..., None] / np.float32(255))).numpy(), 1e-7, 1 - 1e-7)
        return np.asarray(np.log(raw / (1.0 - raw)), np.float64)

    parts = []
    for start in range(0, len(tensors), batch):
        chunk = tensors[start : start + batch]
        value = logits(chunk)
        parts.append((value + logits(chunk[:, ::-1])) / 2.0 if flips else value)
    return 1.0 / (1.0 + np.exp(-np.concatenate(parts)))
