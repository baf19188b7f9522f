"""Inst-IT Bench for VLMEvalKit; written by instit-tools.

``python inst_it_bench.py --data NAME... --model MODEL`` runs the ``vlmeval.run`` that is installed, and
``python inst_it_bench.py RUN.PY --data NAME...`` the ``run.py`` of a clone, both with the datasets of this folder known
to the kit. In a script of your own: ``import inst_it_bench; inst_it_bench.register()``.
"""

import importlib.util
import json
import runpy
import sys
from pathlib import Path

CLONED = __name__ == "__main__" and sys.argv[1:2] and sys.argv[1].endswith(".py")
if CLONED:
    del sys.argv[0]
    sys.path[0] = str(Path(sys.argv[0]).resolve().parent)  # as if run.py had been started, and not this

import pandas as pd
import vlmeval.dataset as kit
from vlmeval.dataset.image_base import ImageBaseDataset
from vlmeval.smp import load

HERE = Path(__file__).resolve().parent
ABOUT = json.loads((HERE / "inst_it_bench.json").read_text(encoding="utf-8"))
FAILED = "Failed to obtain answer"  # what the kit puts in place of an answer that it did not get

_spec = importlib.util.spec_from_file_location("inst_it_bench_scoring", HERE / "scoring.py")
scoring = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(scoring)


class _InstItBench(ImageBaseDataset):
    """Questions about one or several pictures, shown to the model in the order of time."""

    MODALITY = "IMAGE"  # frames are pictures, not a video file
    DEFAULT_JUDGE = "exact_matching"
    force_use_dataset_prompt = True  # or a model puts words of its own for those that say what [3] and <1> mean

    @classmethod
    def supported_datasets(cls):
        """Name the datasets of this form that are in the folder."""
        return [name for name, about in ABOUT["datasets"].items() if about["type"] == cls.TYPE]

    def load_data(self, dataset):
        """Read the questions; every cell is text, so that an option "None" is one."""
        return pd.read_csv(HERE / f"{dataset}.tsv", sep="\t", dtype=str, keep_default_na=False)

    def build_prompt(self, line):
        """Put the pictures in front of the question."""
        if isinstance(line, int):
            line = self.data.iloc[line]
        about = ABOUT["datasets"][self.dataset_name]
        text = scoring.prompt(line["question"], self.options(line), about["pre_prompt"], about["post_prompt"])
        found = scoring.pictures(json.loads(line["pictures"]), ABOUT["media"])
        return [{"type": "image", "value": path} for path in found] + [{"type": "text", "value": text}]

    def dump_image(self, line):
        """Say where the pictures are: they are files already."""
        return scoring.pictures(json.loads(line["pictures"]), ABOUT["media"])

    def options(self, line):
        """Give the options of a question, none where it is open-ended."""
        return {letter: line[letter] for letter in "ABCD"} if self.TYPE == "MCQ" else {}

    def answered(self, eval_file):
        """Yield each question that was asked, with its answer."""
        said = _predictions(eval_file)
        for _, line in self.data.iterrows():
            if str(line["index"]) in said:
                yield line, said[str(line["index"])]

    def submission(self, eval_file, form):
        """Write the answers in the published format beside the file of predictions, and say where."""
        answers = [
            scoring.answer(line["question_id"], line["question"], said, line["answer"], line["split"])
            for line, said in self.answered(eval_file)
        ]
        path = scoring.write(answers, Path(eval_file).parent / "submissions", f"{self.data['split'].iloc[0]}_{form}")
        print(f"instit-tools bench {'score' if form == 'mc' else 'judge'} {path}")
        return len(answers)


class InstItBenchMCQ(_InstItBench):
    """Questions with four options, scored by two readers."""

    TYPE = "MCQ"

    def evaluate(self, eval_file, **judge_kwargs):
        """Score the predictions; no judge is asked, whatever *judge_kwargs* name."""
        verdicts = [
            scoring.verdict(said or "", self.options(line), line["answer"]) for line, said in self.answered(eval_file)
        ]
        means = {name: scoring.mean([each[name] for each in verdicts]) for name in ("strict", "upstream", "unparsed")}
        return _kept(
            eval_file,
            {
                "Overall": means["strict"],
                "accuracy_strict": means["strict"],
                "accuracy_upstream": means["upstream"],
                "unparsed": means["unparsed"],
                "answers_written": self.submission(eval_file, "mc"),
            },
        )


class InstItBenchVQA(_InstItBench):
    """Open-ended questions, written down for a judge."""

    TYPE = "VQA"

    def evaluate(self, eval_file, **judge_kwargs):
        """Write the predictions down; ``instit-tools bench judge`` scores them."""
        said = [each for _, each in self.answered(eval_file)]
        empty = scoring.mean([float(not (each or "").strip()) for each in said])
        return _kept(eval_file, {"unanswered": empty, "answers_written": self.submission(eval_file, "oe")})

    @classmethod
    def report_primary_metric(cls, metrics):
        """Name none for the kit's summary: a judge has yet to score."""
        return {}


def _predictions(eval_file):
    """Read the predictions by index; one that the kit did not get is None."""
    path = Path(eval_file)
    if path.suffix == ".tsv":
        data = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    elif path.suffix == ".xlsx":
        data = pd.read_excel(path, dtype=str, keep_default_na=False)
    else:
        data = pd.DataFrame(load(str(path)))
    said = ["" if pd.isna(each) else str(each) for each in data["prediction"]]
    return {str(key): None if FAILED in each else each for key, each in zip(data["index"], said, strict=True)}


def _kept(eval_file, scores):
    """Write the scores beside the predictions, where the kit's report looks for them."""
    path = Path(eval_file)
    pd.DataFrame([scores]).to_csv(path.with_name(f"{path.stem}_acc.csv"), index=False)
    return scores


def register():
    """Let the kit know the datasets of this folder."""
    for each in (InstItBenchMCQ, InstItBenchVQA):
        if each not in kit.DATASET_CLASSES:
            kit.DATASET_CLASSES.append(each)
            kit.SUPPORTED_DATASETS.extend(each.supported_datasets())


if __name__ == "__main__":
    register()
    if CLONED:
        runpy.run_path(sys.argv[0], run_name="__main__")
    else:
        runpy.run_module("vlmeval.run", run_name="__main__", alter_sys=True)
