"""Training of the network of voice prints.

Each piece of 1 to 2 s of a voice, after what chance does to it on its way, is to lie near the others of that voice and
far from all other voices (additive angular margin, Deng et al. 2019), and as the teacher's mean of that voice lies
among the others. The second is taken from the mean of all voices, which is most of what the teacher says.
"""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from muon import Muon
from timedelay import REACH, SIZE, TimeDelay
from voicebands import BANDS, Weather, features
from voicecache import Voice, Voices

BATCH = 64
LENGTHS = (50, 65, 80, 100)  # frames of 20 ms
RATE, LAST_RATE, WARM = 2e-3, 2e-5, 100
MARGIN, SCALE, MARGIN_FULL = 0.2, 24, 600
CLASSES_WEIGHT, TEACHER_WEIGHT = 0.25, 3.0
QUIET = -3.0  # log10 of the power of the loudest frame that is taken for a pause
TELL = 100  # updates between two lines


class Goal(nn.Module):
    """What pulls at the prints: a direction for each voice, and the teacher."""

    def __init__(self, taught: np.ndarray) -> None:
        super().__init__()
        self.directions = nn.Parameter(torch.randn(len(taught), SIZE) * 0.1)
        self.to_teacher = nn.Linear(SIZE, taught.shape[1])
        means = torch.from_numpy(taught)
        self.register_buffer("taught", means - means.mean(0))

    def forward(self, prints: Tensor, voices: Tensor, update: int) -> Tensor:
        cosine = prints @ F.normalize(self.directions, dim=1).T
        own = F.one_hot(voices, len(self.directions)).bool()
        angle = torch.acos(cosine.clamp(-0.999, 0.999)) + MARGIN * min(1.0, update / MARGIN_FULL)
        classes = F.cross_entropy(SCALE * torch.where(own, torch.cos(angle), cosine), voices)
        away = 1 - F.cosine_similarity(self.to_teacher(prints), self.taught[voices]).mean()
        return CLASSES_WEIGHT * classes + TEACHER_WEIGHT * away


class Batches:
    """Pieces of voices by chance; longer ones more often."""

    def __init__(self, voices: Voices, seed: int) -> None:
        self.all, self.rng = voices, np.random.default_rng(seed)
        self.places = [i for i, v in enumerate(voices.voices) if not v.held]
        often = np.array([min(voices.voices[i].frames, 1500) ** 0.5 for i in self.places])
        self.often = often / often.sum()

    def piece(self, voice: Voice, length: int) -> np.ndarray:
        """Powers of some frames that are not all a pause."""
        for _ in range(4):
            start = int(self.rng.integers(max(1, voice.frames - length)))
            power = self.all.power(voice, start, start + length)
            if np.log10(power).mean(1).max() > QUIET:
                break
        return power if len(power) == length else np.resize(power, (length, BANDS))

    def next(self) -> tuple[Tensor, Tensor]:
        """Powers BATCH T N, and whose they are among those that are trained on."""
        length = int(self.rng.choice(LENGTHS)) + 2 * REACH
        chosen = self.rng.choice(len(self.places), BATCH, p=self.often)
        pieces = [self.piece(self.all.voices[self.places[i]], length) for i in chosen]
        return torch.from_numpy(np.stack(pieces)), torch.from_numpy(chosen)


def train(voices: Voices, minutes: float) -> TimeDelay:
    """A network after so many minutes of a core."""
    torch.manual_seed(0)
    batches, network, weather = Batches(voices, 5), TimeDelay(), Weather(3)
    goal = Goal(voices.taught[batches.places])
    parameters = [*network.parameters(), *goal.parameters()]
    optimisers = Muon(network, RATE), torch.optim.AdamW(goal.parameters(), lr=RATE, weight_decay=1e-3)
    began, update, sum_of = time.process_time(), 0, 0.0
    while (spent := (time.process_time() - began) / (60 * minutes)) < 1:
        for group in (group for each in optimisers for group in each.param_groups):
            group["lr"] = RATE * min(1.0, update / WARM) * (1 - spent) + LAST_RATE
        power, whose = batches.next()
        loss = goal(network(*features(weather(power))), whose, update)
        for each in optimisers:
            each.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 2.0)
        for each in optimisers:
            each.step()
        update, sum_of = update + 1, sum_of + loss.item()
        if update % TELL == 0:
            print(f"{update} updates, {spent:.0%}: {sum_of / TELL:.2f}", flush=True)
            sum_of = 0.0
    return network.eval()
