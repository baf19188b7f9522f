"""Visual tokens against a plain rewriting of the models' code, samples against what ``convert`` writes."""

import json
import math
from fractions import Fraction

import numpy as np
import pytest
from conftest import image, video
from hypothesis import given
from hypothesis import strategies as st
from nltk.tokenize import NLTKWordTokenizer, PunktSentenceTokenizer
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

import instit_tools as it
from instit_tools.errors import UsageError
from instit_tools.statistics.budget import CONTEXTS, EVERY_PART, MODELS
from instit_tools.statistics.measures import opened
from instit_tools.statistics.run import run
from instit_tools.statistics.sentences import trained
from instit_tools.statistics.settings import Settings
from instit_tools.statistics.summary import summarise
from instit_tools.statistics.visual import ENCODERS, SIZES, anyres, pooled, qwen_vl, unpooled

WORDS, SENTENCES = NLTKWordTokenizer(), PunktSentenceTokenizer(trained())
SIDES = st.integers(1, 6000)
VISION = st.sampled_from(sorted(ENCODERS))


@pytest.fixture
def measured(tmp_path):
    """Measure inputs; give the summary and the rows of samples."""

    def measure(*inputs, **options):
        folder = tmp_path / f"measured-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        settings = Settings(inputs=tuple(map(str, inputs)), workers=1, **options)
        ran = run(settings, folder)
        measures = opened(folder)
        return summarise(settings, ran, measures), measures.samples.collect().to_dicts()

    return measure


def best_tiling(width, height, side):
    """Choose among LLaVA-NeXT's five resolutions: most pixels kept, then least wasted, then the first."""
    found = []
    for columns, rows in ((1, 2), (2, 1), (2, 2), (3, 1), (1, 3)):
        scale = min(columns * side / width, rows * side / height)
        kept = min(int(width * scale) * int(height * scale), width * height)
        found.append((kept, kept - columns * rows * side * side, (columns, rows)))
    most = max(found, key=lambda each: each[:2])  # of equals, max takes the first
    return most[2] if most[0] else None


def patches(width, height, vision):
    """Lay all patches of the tiles out as an array, cut the padding off as ``unpad_image`` does, and count."""
    side, grid = {"clip-336": (336, 24), "siglip-384": (384, 27)}[vision]
    columns, rows = best_tiling(width, height, side)
    tiles = np.ones((rows * grid, columns * grid), bool)
    if width / height > tiles.shape[1] / tiles.shape[0]:
        padding = (tiles.shape[0] - int(height * (tiles.shape[1] / width))) // 2
        tiles = tiles[padding : tiles.shape[0] - padding, :]
    else:
        padding = (tiles.shape[1] - int(width * (tiles.shape[0] / height))) // 2
        tiles = tiles[:, padding : tiles.shape[1] - padding]
    with_breaks = np.concatenate([tiles, np.ones((len(tiles), 1), bool)], axis=1)
    return grid * grid + int(with_breaks.sum())


@given(SIDES, SIDES, VISION)
def test_anyres_counts_the_patches_that_are_left_of_the_padded_tiles(width, height, vision):
    if best_tiling(width, height, ENCODERS[vision].side):
        assert anyres(width, height, ENCODERS[vision]) == patches(width, height, vision)


@given(SIDES, SIDES, VISION)
def test_anyres_has_the_whole_picture_and_four_tiles_at_most(width, height, vision):
    grid = ENCODERS[vision].grid
    assert grid**2 <= anyres(width, height, ENCODERS[vision]) <= 5 * grid**2 + 3 * grid


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(2, 4))
def test_anyres_of_a_larger_picture_of_the_same_shape_has_no_fewer_tokens(width, height, times):
    assert anyres(width * times, height * times) >= anyres(width, height) - 2 * 72  # rounding moves a row at most


@pytest.mark.parametrize(
    ("size", "clip", "siglip"),
    [
        ((672, 672), 576 + 48 * 49, 729 + 54 * 55),
        ((336, 672), 576 + 48 * 25, None),
        ((1008, 336), 576 + 24 * 73, None),
        ((336, 1008), 576 + 72 * 25, None),
        ((384, 768), None, 729 + 54 * 28),
        ((1280, 720), 576 + 28 * 49, 729 + 30 * 55),
        ((100_000, 1), 576, 729),
    ],
)
def test_known_pictures_have_the_tokens_that_one_counts_by_hand(size, clip, siglip):
    if clip is not None:
        assert anyres(*size) == clip
    if siglip is not None:
        assert anyres(*size, ENCODERS["siglip-384"]) == siglip


@given(st.integers(1, 64), VISION)
def test_frames_are_pooled_in_squares_of_two(frames, vision):
    grid = ENCODERS[vision].grid
    squares = {(row // 2, column // 2) for row in range(grid) for column in range(grid)}
    assert pooled(frames, ENCODERS[vision]) == frames * len(squares)
    assert unpooled(frames, ENCODERS[vision]) == frames * len([*np.ndindex(grid, grid), "line break"])


def smart_resize(height, width):
    """What ``qwen_vl_utils`` and the image processor of Transformers do, limits of the published configuration."""
    factor, least, most = 28, 4 * 28 * 28, 16384 * 28 * 28
    high, wide = max(factor, round(height / factor) * factor), max(factor, round(width / factor) * factor)
    if high * wide > most:
        beta = math.sqrt((height * width) / most)
        high = max(factor, math.floor(height / beta / factor) * factor)
        wide = max(factor, math.floor(width / beta / factor) * factor)
    elif high * wide < least:
        beta = math.sqrt(least / (height * width))
        high, wide = math.ceil(height * beta / factor) * factor, math.ceil(width * beta / factor) * factor
    return high, wide


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_qwen_sees_whole_patches_merged_two_by_two_between_two_marks(width, height):
    high, wide = smart_resize(height, width)
    merged = np.ones((high // 14, wide // 14), bool).reshape(high // 28, 2, wide // 28, 2).any(axis=(1, 3))
    assert qwen_vl(width, height) == merged.sum() + 2


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_qwen_tokens_stay_within_the_published_limits_for_pictures_that_it_takes(width, height):
    if max(width, height) <= 200 * min(width, height):
        assert 4 + 2 <= qwen_vl(width, height) <= 16384 + 2
        assert qwen_vl(height, width) == qwen_vl(width, height)


@given(st.integers(56, 3000), st.integers(56, 3000), st.integers(0, 500))
def test_a_wider_picture_has_no_fewer_tokens_in_qwen_where_nothing_is_scaled(width, height, more):
    assert qwen_vl(width + more, height) >= qwen_vl(width, height)


def test_a_picture_that_qwen_scales_up_may_have_more_tokens_than_a_wider_one():
    assert (qwen_vl(84, 28), qwen_vl(112, 28)) == (4 * 2 + 2, 4 * 1 + 2)


def estimate(text):
    """Count words as ``nltk.word_tokenize`` does, a line at a time."""
    return sum(len(WORDS.tokenize(sentence)) for line in text.split("\n") for sentence in SENTENCES.tokenize(line))


def word_level(path):
    """Make a tokenizer of words and marks, whose file also says to cut and to fill up."""
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))  # noqa: S106  # no password
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_truncation(5)
    tokenizer.enable_padding(length=64)
    tokenizer.save(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def byte_level(path):
    """Make a tokenizer that merges nothing: every byte is a token."""
    alphabet = {letter: number for number, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(alphabet, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.save(str(path))
    return tokenizer


def written(folder):
    """Read the rows that ``convert --to llava`` wrote, placeholders taken out."""
    for path in sorted(folder.glob("*-0*.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            said = [turn["value"].replace("<image>", "") for turn in row["conversations"]]
            pictures = 1 if isinstance(row["image"], str) else len(row["image"])
            yield row["id"].split("-")[2], pictures, said


@pytest.mark.parametrize("recipe", ["paper", "qa", "instances", "captions", "temporal"])
@pytest.mark.parametrize("limit", [None, 3])
def test_sample_rows_are_those_that_convert_writes(tmp_path, array, measured, recipe, limit):
    it.synth(tmp_path / "data", videos=6, images=4)
    array(*(video(video_id=f"clip {number}/🐱") for number in range(5)), video(1234567), name="data/z.json")
    it.convert(tmp_path / "data", tmp_path / "out", to="llava", recipe=recipe, max_frames=limit, on_error="reject")
    options = {"recipes": (recipe,), "max_frames": (limit,) if limit else ()}
    summary, rows = measured(tmp_path / "data", **options)
    assert any(row["record"] == "1234567" for row in rows)
    assert {(row["recipe"], row["max_frames"]) for row in rows} == {(recipe, None), (recipe, limit)}
    rows = [row for row in rows if row["max_frames"] == limit]
    expected = [
        (part, pictures, len(said) // 2, sum(map(estimate, said))) for part, pictures, said in written(tmp_path / "out")
    ]
    found = [(row["part"], row["pictures"], row["turns"], row["text_tokens"]) for row in rows]
    assert len(found) > 20
    assert sorted(found) == sorted(expected)
    made = json.loads((tmp_path / "out" / "manifest.json").read_text())["totals"]["rejects"]
    left = {each.reason: each.texts for each in summary.left_out if each.max_frames == limit}
    assert left == {reason: count for reason, count in made.items() if reason != "reserved"}


@pytest.mark.parametrize("make", [word_level, byte_level])
def test_a_models_tokenizer_counts_the_written_texts_whole(tmp_path, measured, make):
    it.synth(tmp_path / "data", videos=5, images=4)
    it.convert(tmp_path / "data", tmp_path / "out", to="llava")
    tokenizer = make(tmp_path / "tokenizer.json")
    summary, rows = measured(tmp_path / "data", tokenizer=str(tmp_path / "tokenizer.json"))
    expected = [
        (part, sum(len(tokenizer.encode(text, add_special_tokens=False)) for text in said))
        for part, _, said in written(tmp_path / "out")
    ]
    assert sorted((row["part"], row["text_tokens"]) for row in rows) == sorted(expected)
    assert summary.method.text_tokens == f"counted with {tmp_path / 'tokenizer.json'}"
    texts = it.scan(tmp_path / "data").texts["text"]
    counted = [len(tokenizer.encode(text, add_special_tokens=False)) for text in texts]
    assert sum(summary.find("tokens", level).total for level in set(levels(summary))) == sum(counted)


def levels(summary):
    return [each.group for each in summary.distributions if each.quantity == "tokens"]


def test_budgets_are_medians_and_counts_of_the_rows(tmp_path, measured):
    it.synth(tmp_path / "data", videos=30, images=10, masks=True)
    summary, rows = measured(tmp_path / "data", max_frames=(2, 6), recipes=("paper", "qa"))
    seen = set()
    for budget in summary.budgets:
        model = MODELS[budget.model]
        here = [
            row for row in rows
            if (row["recipe"], row["max_frames"]) == (budget.recipe, budget.max_frames)
            and row[model.column] is not None
            and budget.part in {row["part"], EVERY_PART}
        ]  # fmt: skip
        total = [row["text_tokens"] + row[model.column] + row[model.template] for row in here]
        system, turn = {"llava_template": (31, 9), "qwen_template": (11, 10)}[model.template]
        assert all(row[model.template] == system + turn * row["turns"] for row in here)
        assert budget.samples == len(here) > 0
        assert budget.text == np.median([row["text_tokens"] for row in here])
        assert budget.visual == np.median([row[model.column] for row in here])
        assert budget.median == np.median(total)
        assert budget.q95 == pytest.approx(np.quantile(total, 0.95))
        assert budget.maximum == max(total)
        assert budget.above == {str(most): sum(each > most for each in total) for most in CONTEXTS}
        seen.add((budget.recipe, budget.max_frames, budget.model))
    assert seen == {(name, limit, model) for name in ("paper", "qa") for limit in (None, 2, 6) for model in MODELS} - {
        ("qa", limit, "anyres") for limit in (None, 2, 6)
    }


def test_each_model_takes_one_picture_or_several_and_qwen_takes_both(tmp_path, measured):
    it.synth(tmp_path / "data", videos=8, images=4)
    for vision in ENCODERS:
        _, rows = measured(tmp_path / "data", vision=vision)
        for row in rows:
            frames, size = row["pictures"], SIZES[row["kind"]]
            one = (anyres(*size, ENCODERS[vision]), None, None)
            several = (None, pooled(frames, ENCODERS[vision]), unpooled(frames, ENCODERS[vision]))
            assert (row["anyres"], row["pooled"], row["unpooled"]) == (one if frames == 1 else several)
            assert row["qwen_vl"] == frames * qwen_vl(*size)


def test_fewer_frames_take_fewer_tokens_and_one_frame_is_a_single_picture(array, measured):
    _, rows = measured(array(video(frames=9)), max_frames=(1, 4, 8))
    found = {(row["max_frames"], row["part"]): row for row in rows if row["part"] in {"video", "qa"}}
    assert [found[limit, "qa"]["pictures"] for limit in (1, 4, 8)] == [1, 4, 8]
    assert [found[limit, "qa"]["pooled"] for limit in (1, 4, 8)] == [None, 4 * 144, 8 * 144]
    assert found[1, "qa"]["anyres"] == anyres(*SIZES["video"])
    assert (1, "video") not in found  # its caption speaks of the last frame


def mask(height, width):
    return {"mask": {"size": [height, width], "counts": [height * width]}}


def test_sizes_come_from_masks_where_one_says_a_size_and_are_assumed_elsewhere(array, measured):
    segmentations = {
        "1.jpg": {"1": {"mask": {"size": [0, 10**9], "counts": []}}, "2": mask(100, 200)},
        "3.jpg": {"1": {"mask": {"size": [10**400, 1], "counts": []}}, "2": None},
    }
    summary, rows = measured(array(video(segmentations=segmentations), image(segmentations={"1": mask(300, 50)})))
    sized, assumed = qwen_vl(200, 100), qwen_vl(*SIZES["video"])
    assert {row["part"]: row["qwen_vl"] for row in rows if row["part"] in {"qa", "video"}} == {
        "qa": sized + 2 * assumed,
        "video": sized + 2 * assumed,
    }
    assert [row["qwen_vl"] for row in rows if row["part"] == "frame"] == [sized, assumed, assumed, qwen_vl(50, 300)]
    assert summary.method.picture_sizes == "from masks; else 1280x720 for videos and 960x640 for images, assumed"


def test_sizes_come_from_the_pictures_where_media_are_given_whatever_the_masks_say(array, tmp_path, measured):
    record = image(segmentations={"1": mask(300, 50)})
    picture = tmp_path / "media" / record["image_path"]
    picture.parent.mkdir(parents=True)
    Image.new("RGB", (640, 480)).save(picture)
    summary, rows = measured(array(record), media=str(tmp_path / "media"))
    assert [(row["qwen_vl"], row["anyres"]) for row in rows] == [(qwen_vl(640, 480), anyres(640, 480))]
    assert summary.method.picture_sizes.startswith(f"read from the pictures in {tmp_path / 'media'}; else ")


def test_no_recipe_makes_no_samples_and_no_budgets(array, measured):
    summary, rows = measured(array(video(), image()), recipes=())
    assert (summary.budgets, rows) == ((), [])


def test_one_part_alone_is_not_added_up(array, measured):
    summary, _ = measured(array(image()))
    assert [(budget.model, budget.part) for budget in summary.budgets] == [("anyres", "frame"), ("qwen-vl", "frame")]


def test_two_recipes_of_one_name_could_not_be_told_apart_and_are_refused(array, tmp_path, measured):
    (tmp_path / "qa.toml").write_text('[[parts]]\nname = "x"\npictures = "one"\nturns = ["scene"]\n')
    with pytest.raises(UsageError, match="two recipes are called 'qa'"):
        measured(array(video()), recipes=("qa", str(tmp_path / "qa.toml")))
    with pytest.raises(UsageError, match="is named twice"):
        measured(array(video()), recipes=("qa", "qa"))
    with pytest.raises(UsageError, match="is named twice"):
        measured(array(video()), max_frames=(4, 4))
    with pytest.raises(UsageError, match="max_frames is 0, and must be from 1 to 1,000,000"):
        measured(array(video()), max_frames=(0,))


def test_the_share_of_a_quantile_is_exact(array, measured):
    summary, rows = measured(array(*(image(number) for number in range(1, 22))))
    budget = next(each for each in summary.budgets if each.model == "anyres")
    total = sorted(row["text_tokens"] + row["anyres"] + 31 + 9 * row["turns"] for row in rows)
    assert Fraction(budget.q95) == total[19]
