import unittest

import numpy as np

from evaluation.audio import RATE
from evaluation.focus_set import OTHER, OWNER, WHISPERER, Mix, is_deep, made, parts_of
from evaluation.run_focus import judged, row, rows
from evaluation.voice import noisy_voice


def tone(hz, seconds):
    time = np.arange(int(seconds * RATE)) / RATE
    return sum(np.sin(2 * np.pi * k * hz * time) / k for k in range(1, 9)).astype(np.float32) * np.float32(0.1)


class Focus(unittest.TestCase):
    def setUp(self):
        parts = parts_of("0 dB")
        self.turn = parts[0][2]
        quiet = np.zeros(self.turn, np.float32)
        mine, theirs = (noisy_voice(2 * self.turn / RATE, seed) for seed in (1, 2))
        voice = np.concatenate([mine, quiet])
        heard = voice + np.concatenate([quiet, theirs])
        self.mix = Mix("0 dB", "a", True, mine, heard, voice, parts)
        self.gain = np.ones(3 * self.turn, np.float32)

    def heard(self):
        return judged(self.mix, self.mix.heard, self.mix.heard * self.gain)

    def test_other_lowered(self):
        self.gain[2 * self.turn :] = 0.1
        heard = self.heard()
        self.assertAlmostEqual(heard.lowered, 20, 3)
        self.assertAlmostEqual(heard.later, 20, 3)
        self.assertEqual((heard.cut, heard.both_cut), (0, 0))
        self.assertAlmostEqual(heard.level, 0, 3)

    def test_owner_cut(self):
        self.gain[: self.turn // 2] = 0.1
        heard = self.heard()
        self.assertAlmostEqual(heard.cut, 50, delta=2)
        self.assertAlmostEqual(heard.syllable, 20, 2)
        self.assertLess(heard.level, -2)
        self.assertAlmostEqual(heard.lowered, 0, 3)

    def test_row_leaves_out_what_a_mix_cannot_say(self):
        voice = self.mix.voice
        alone = Mix("no other", "a", True, voice, voice, voice, parts_of("no other"))
        heard = judged(alone, alone.heard, alone.heard)
        self.assertTrue(np.isnan(heard.lowered))
        self.assertEqual(row("x", [heard, self.heard()])[1:3], ["2", "0.0"])
        self.assertEqual(row("x", [heard])[2], "")

    def test_whispers_stand_apart(self):
        mix = Mix(WHISPERER, "a", True, self.mix.enrolment, self.mix.heard, self.mix.voice, self.mix.parts)
        whispered = judged(mix, mix.heard, mix.heard * np.float32(0.1))
        table = {line[0]: line for line in rows([whispered, self.heard()], "all")}
        self.assertEqual(table["all"][1:3], ["1", "0.0"])
        self.assertEqual(table[WHISPERER][1:3], ["1", "20.0"])

    def test_whisper_has_no_pitch(self):
        low, high = tone(110, 40), tone(220, 20)
        enrolment, mine, theirs = made(np.random.default_rng(1), WHISPERER, low, [high])
        self.assertTrue(is_deep(enrolment))
        self.assertFalse(is_deep(mine))
        parts = {who: slice(start, stop) for who, start, stop in parts_of(WHISPERER)}
        self.assertFalse(mine[parts[OTHER]][RATE // 10 :].any())
        self.assertFalse(theirs[parts[OWNER]].any())
        self.assertLess(np.std(mine[parts[OWNER]]), 0.9 * np.std(theirs[parts[OTHER]]))

    def test_turns(self):
        parts = parts_of("turns of 3 s")
        self.assertEqual([who for who, *_ in parts[:4]], ["owner", "pause", "other", "pause"])
        self.assertEqual([part[2] for part in parts[:-1]], [part[1] for part in parts[1:]])

    def test_pitch(self):
        self.assertTrue(is_deep(tone(110, 3)))
        self.assertFalse(is_deep(tone(220, 3)))


if __name__ == "__main__":
    unittest.main()
