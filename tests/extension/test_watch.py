"""The WebUI's model and LoRA list around trainings."""

import threading
import time
import unittest

from support import eventually

from lorabridge.client import NoAnswer
from lorabridge.memory import ModelMemory
from lorabridge.settings import Settings
from lorabridge.watch import GRACE, Jobs, Watch

TRAINING = Jobs(frozenset({"job-1"}), True)
DRAWING = Jobs(frozenset({"job-2"}), False)


class Card:
    """A graphics card with one model, and the queue in front of it."""

    def __init__(self):
        self.turn = threading.RLock()
        self.calls = []
        self.fails = 0

    def release(self):
        self.calls.append("release")
        return True

    def restore(self):
        if self.fails:
            self.fails -= 1
            raise RuntimeError("out of memory")
        self.calls.append("restore")

    def memory(self):
        return ModelMemory(lambda: self.turn, self.release, self.restore)


class MemoryTests(unittest.TestCase):
    def setUp(self):
        self.card = Card()
        self.memory = self.card.memory()

    def test_release_twice_is_once_and_restored_once(self):
        self.memory.release()
        self.memory.release()
        self.memory.restore()
        self.memory.restore()
        self.assertEqual(self.card.calls, ["release", "restore"])

    def test_release_without_a_model_needs_no_restore(self):
        memory = ModelMemory(lambda: self.card.turn, lambda: False, self.card.restore)
        self.assertFalse(memory.release())
        memory.restore()
        self.assertEqual(self.card.calls, [])

    def test_release_that_fails_is_restored(self):
        def fail():
            raise RuntimeError("half of it moved")

        memory = ModelMemory(lambda: self.card.turn, fail, self.card.restore)
        self.assertRaises(RuntimeError, memory.release)
        self.assertEqual((self.card.calls, memory.is_released), (["restore"], False))

    def test_restore_that_fails_is_owed_still(self):
        self.memory.release()
        self.card.fails = 1
        self.assertRaises(RuntimeError, self.memory.restore)
        self.assertTrue(self.memory.is_released)
        self.memory.restore()
        self.assertEqual(self.card.calls, ["release", "restore"])

    def test_release_while_a_picture_is_drawn_waits_and_the_picture_does_not(self):
        # drawn pictures hold the turn and ask for the model inside of it: neither may wait for the other
        with self.card.turn:
            releasing = threading.Thread(target=self.memory.release)
            releasing.start()
            time.sleep(0.05)
            self.memory.restore_in_turn()
            self.assertEqual(self.card.calls, [])
        releasing.join(5)
        self.assertEqual(self.card.calls, ["release"])


class WatchTests(unittest.TestCase):
    def setUp(self):
        self.card = Card()
        self.memory = self.card.memory()
        self.now = 0.0
        self.options = {}
        self.jobs = Jobs()
        self.watch = Watch(self._ask, lambda: Settings.read(self.options, {}), self.memory, lambda: self.card.calls.append("refresh"), lambda: self.now)

    def _ask(self):
        if self.jobs is None:
            raise NoAnswer("away", True)
        return self.jobs

    def see(self, jobs):
        self.jobs = jobs
        return self.watch.look()

    def test_look_a_training_begins_and_ends(self):
        for jobs in (Jobs(), TRAINING, TRAINING, Jobs(), Jobs()):
            self.see(jobs)
        self.assertEqual(self.card.calls, ["release", "restore", "refresh"])

    def test_look_other_jobs_release_nothing_and_refresh_at_their_end(self):
        self.see(DRAWING)
        self.see(Jobs())
        self.assertEqual(self.card.calls, ["refresh"])

    def test_look_the_server_dies_in_a_training_the_model_comes_back_after_the_grace(self):
        self.see(TRAINING)
        self.assertLess(self.see(None), GRACE)
        self.now = GRACE - 1
        self.see(None)
        self.assertEqual(self.card.calls, ["release"])
        self.now = GRACE
        self.see(None)
        self.assertEqual(self.card.calls, ["release", "restore"])
        self.see(TRAINING)                       # it was started again and went on
        self.assertEqual(self.card.calls, ["release", "restore", "release", "refresh"])

    def test_look_a_server_that_restarts_within_the_grace_changes_nothing(self):
        self.see(TRAINING)
        self.see(None)
        self.now = GRACE / 2
        self.see(TRAINING)
        self.see(Jobs())
        self.assertEqual(self.card.calls, ["release", "restore", "refresh"])

    def test_look_after_a_picture_brought_the_model_back_it_stays(self):
        self.see(TRAINING)
        self.memory.restore_in_turn()
        self.see(TRAINING)
        self.see(Jobs())
        self.assertEqual(self.card.calls, ["release", "restore", "refresh"])

    def test_look_settings_switch_both_off(self):
        self.options = {"lorabridge_release_model": False, "lorabridge_refresh_loras": False}
        self.see(TRAINING)
        self.see(Jobs())
        self.assertEqual(self.card.calls, [])

    def test_look_switched_off_in_the_middle_brings_the_model_back(self):
        self.see(TRAINING)
        self.options = {"lorabridge_release_model": False}
        self.see(TRAINING)
        self.assertEqual(self.card.calls, ["release", "restore"])

    def test_wake_with_refresh_reads_the_list_anew_once(self):
        self.watch.wake(refresh=True)
        self.see(Jobs())
        self.see(Jobs())
        self.assertEqual((self.card.calls, self.watch.as_json()["refreshes"]), (["refresh"], 1))

    def test_read_the_servers_list(self):
        answer = {"jobs": [{"id": "a", "kind": "grid"}, {"id": "b", "kind": "train"}]}
        self.assertEqual(Jobs.read(answer), Jobs(frozenset({"a", "b"}), True))
        self.assertEqual(Jobs.read(None), Jobs())

    def test_thread_outlives_what_fails_and_brings_the_model_back_at_its_end(self):
        self.jobs = TRAINING
        self.card.fails = 2
        self.watch.start()
        eventually(lambda: self.memory.is_released)
        self.jobs = Jobs()
        for _ in range(2):
            self.watch.wake()
            eventually(lambda: "out of memory" in self.watch.as_json()["words"])
        eventually(lambda: self.watch.wake() or not self.memory.is_released)
        self.jobs = TRAINING
        eventually(lambda: self.watch.wake() or self.memory.is_released)
        self.watch.stop()
        self.assertFalse(self.memory.is_released)


if __name__ == "__main__":
    unittest.main()
