"""Let lmms-eval load an exported Inst-IT Bench and evaluate it whole, with a model that says what it is told to.

    python tests/peers/lmms_eval_peer.py FOLDER RESULT.json ANSWERS.json

The loader, the tasks, the requests and the aggregation are theirs, once as for its simple models and once as for its
chat models; only the model is not. ANSWERS.json holds an answer for each question id.
"""

import argparse
import json
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": tempfile.mkdtemp(prefix="peer-"), "LOGURU_LEVEL": "ERROR"}

from lmms_eval.api.model import lmms
from lmms_eval.evaluator import simple_evaluate
from lmms_eval.tasks import TaskManager

RED = 20  # what a frame's number is multiplied by in its colour


class Told(lmms):
    """Says what it is told to, and notes what it was shown."""

    def __init__(self, answers, *, simple):
        super().__init__()
        self.is_simple = simple
        self.answers, self.asked = answers, {}

    def generate_until(self, requests):
        return [self.answer(*request.args) for request in requests]

    def answer(self, text, *rest):
        if self.is_simple:
            settings, doc_to_visual, number, task, split = rest
        else:
            doc_to_messages, settings, number, task, split = rest
        doc = self.task_dict[task][split][number]
        if self.is_simple:
            shown = doc_to_visual(doc)
        else:
            (message,) = doc_to_messages(doc)
            *pictures, words = message["content"]
            shown, text = [each["url"] for each in pictures], words["text"]
        numbers = [round(each.getpixel((5, 5))[0] / RED) for each in shown]
        name = task.removeprefix("inst_it_bench_")
        self.asked.setdefault(name, {})[doc["question_id"]] = {"frames": numbers, "text": text}
        assert settings["until"] == [], settings
        return self.answers[doc["question_id"]]

    def loglikelihood(self, requests):
        raise NotImplementedError

    def generate_until_multi_round(self, requests):
        raise NotImplementedError


def main(folder, target, answers):
    """Write what was asked, the scores, and where the answers are."""
    found = {"harness": f"lmms-eval {version('lmms-eval')}", "runs": []}
    for simple in (True, False):
        results = Path(tempfile.mkdtemp(prefix="peer-"))
        model = Told(json.loads(answers.read_text(encoding="utf-8")), simple=simple)
        made = simple_evaluate(
            model=model,
            tasks=["inst_it_bench"],
            task_manager=TaskManager(include_path=str(folder), include_defaults=False),
            cli_args=argparse.Namespace(output_path=str(results), process_with_media=False, reasoning_tags=None),
            batch_size=1,
        )
        scores = {
            task.removeprefix("inst_it_bench_"): {
                key.removesuffix(",none"): value
                for key, value in each.items()
                if key.endswith(",none") and "_stderr" not in key
            }
            for task, each in made["results"].items()
            if task != "inst_it_bench"
        }
        written = sorted(map(str, (results / "submissions").iterdir()))
        found["runs"].append({"asked": model.asked, "scores": scores, "written": written})
    target.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
