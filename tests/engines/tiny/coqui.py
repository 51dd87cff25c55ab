"""Models of random weights in the folders the real ones come in: `python -m tests.engines.tiny.coqui FOLDER`.

Runs in the voice environment. Tiny for tests; XTTS cannot be smaller than 93 MB, for its decoder and speaker encoder
have fixed sizes. `full TOKENS FOLDER` makes them as large as the published ones, for their speed (bench/full): as
random weights never stop by themselves, XTTS says so many tokens, 21.5 a second.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from workers.engines.torch_cpu import mend_torchaudio

mend_torchaudio()

import torch  # noqa: E402

Shape = dict[str, Any]
LANGUAGES = "en es fr de it pt pl tr ru nl cs ar zh-cn hu ko ja hi".split()


def tokenizer(path: Path) -> dict[str, int]:
    """A BPE of letters with XTTS's special tokens, written to `path`; its vocabulary."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    special = ["[STOP]", "[UNK]", "[SPACE]", *(f"[{name}]" for name in LANGUAGES), "[START]"]
    made = Tokenizer(models.BPE(unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(
        vocab_size=256, special_tokens=special, initial_alphabet=list("abcdefghijklmnopqrstuvwxyz'.,!?-;:"),
        show_progress=False,
    )  # fmt: skip
    made.train_from_iterator(["we grew and hired the best people we could find this year"], trainer)
    made.save(str(path))
    return dict(made.get_vocab())


TINY_XTTS: Shape = {
    "gpt_layers": 2, "gpt_n_model_channels": 64, "gpt_n_heads": 4, "decoder_input_dim": 64,
    "gpt_max_audio_tokens": 12,
}  # fmt: skip
FULL_XTTS: Shape = {
    "gpt_layers": 30,
    "gpt_n_model_channels": 1024,
    "gpt_n_heads": 16,
    "decoder_input_dim": 1024,
}


def xtts(folder: Path, given: Shape = TINY_XTTS) -> None:
    """Two layers of 64 channels that say 12 tokens (0.6 s) and a version trained by chance, or another shape."""
    from TTS.tts.configs.xtts_config import XttsArgs, XttsAudioConfig, XttsConfig
    from TTS.tts.models.xtts import Xtts

    vocabulary = tokenizer(folder / "vocab.json")
    shape = XttsArgs(
        **given, gpt_max_text_tokens=402, gpt_max_prompt_tokens=70, gpt_num_audio_tokens=1026,
        gpt_start_audio_token=1024, gpt_stop_audio_token=1025, gpt_use_perceiver_resampler=True,
        gpt_use_masking_gt_prompt_approach=True, gpt_number_text_tokens=len(vocabulary),
        gpt_start_text_token=vocabulary["[START]"], gpt_stop_text_token=vocabulary["[STOP]"],
    )  # fmt: skip
    config = XttsConfig(model_args=shape, audio=XttsAudioConfig(), languages=LANGUAGES)
    torch.manual_seed(0)
    model = Xtts(config)
    torch.save({"model": model.state_dict(), "config": config.to_dict()}, folder / "model.pth")
    config.save_json(str(folder / "config.json"))
    if given is TINY_XTTS:
        from safetensors.torch import save_file

        other = {name: each + 0.1 * torch.randn(each.shape) for name, each in model.gpt.state_dict().items()}
        save_file(other, folder / "version.safetensors")


FULL_OPENVOICE: Shape = {
    "inter_channels": 192, "hidden_channels": 192, "filter_channels": 768, "n_layers": 6,
    "resblock_kernel_sizes": [3, 7, 11], "resblock_dilation_sizes": [[1, 3, 5]] * 3,
    "upsample_initial_channel": 512, "gin_channels": 256,
}  # fmt: skip


def openvoice(folder: Path, given: Shape = {}) -> None:  # noqa: B006 never written
    """MyShell's configuration with narrow layers, or with those that are given."""
    from TTS.vc.configs.openvoice_config import OpenVoiceArgs, OpenVoiceConfig
    from TTS.vc.models.openvoice import OpenVoice

    shape = {
        "zero_g": True, "inter_channels": 16, "hidden_channels": 16, "filter_channels": 32, "n_heads": 2,
        "n_layers": 2, "kernel_size": 3, "p_dropout": 0.1, "resblock": "1", "resblock_kernel_sizes": [3],
        "resblock_dilation_sizes": [[1, 3, 5]], "upsample_rates": [8, 8, 2, 2],
        "upsample_initial_channel": 32, "upsample_kernel_sizes": [16, 16, 4, 4], "gin_channels": 32,
    } | given  # fmt: skip
    data = {
        "sampling_rate": 22050,
        "filter_length": 1024,
        "hop_length": 256,
        "win_length": 1024,
        "n_speakers": 0,
    }
    given = {"_version_": "v2", "data": data, "model": shape}
    (folder / "config.json").write_text(json.dumps(given))
    torch.manual_seed(0)
    model = OpenVoice(OpenVoiceConfig(model_args=OpenVoiceArgs(**shape)))
    torch.save({"model": model.state_dict(), "iteration": 0}, folder / "checkpoint.pth")


TINY_YOURTTS: Shape = {
    "hidden_channels": 32, "hidden_channels_ffn_text_encoder": 64, "num_layers_text_encoder": 2,
    "num_layers_posterior_encoder": 2, "num_layers_flow": 2, "upsample_initial_channel_decoder": 32,
    "resblock_kernel_sizes_decoder": [3], "resblock_dilation_sizes_decoder": [[1, 3]],
    "periods_multi_period_discriminator": [2, 3], "d_vector_dim": 32,
}  # fmt: skip
FULL_YOURTTS: Shape = {"num_layers_text_encoder": 10, "d_vector_dim": 512}
LSTM: Shape = {"model_name": "lstm", "lstm_dim": 32, "num_lstm_layers": 1, "use_lstm_with_projection": True}
RESNET: Shape = {"model_name": "resnet", "log_input": True}


def yourtts(folder: Path, given: Shape = TINY_YOURTTS, encoder: Shape = LSTM) -> None:
    """A VITS of 32 channels with a speaker encoder of one layer, or other shapes."""
    from TTS.config.shared_configs import BaseAudioConfig
    from TTS.encoder.configs.speaker_encoder_config import SpeakerEncoderConfig
    from TTS.encoder.utils.generic_utils import setup_encoder_model
    from TTS.tts.configs.shared_configs import CharactersConfig
    from TTS.tts.configs.vits_config import VitsArgs, VitsConfig
    from TTS.tts.models.vits import Vits

    torch.manual_seed(0)
    heard = BaseAudioConfig(
        sample_rate=16000, num_mels=64, fft_size=512, win_length=400, hop_length=160, preemphasis=0.98,
        frame_shift_ms=None, frame_length_ms=None, do_trim_silence=False, mel_fmin=0, mel_fmax=8000.0,
    )  # fmt: skip
    width = given["d_vector_dim"]
    encoder_shape = encoder | {"input_dim": 64, "proj_dim": width, "use_torch_spec": True}
    listener = SpeakerEncoderConfig(
        audio=heard,
        model_params=encoder_shape,
        num_classes_in_batch=2,
        num_utter_per_class=2,
        num_loader_workers=0,
    )
    listener.save_json(str(folder / "config_se.json"))
    torch.save({"model": setup_encoder_model(listener).state_dict(), "step": 0}, folder / "model_se.pth")
    names = {
        f"u{at}": {"name": name, "embedding": torch.randn(width).tolist()} for at, name in enumerate("ab")
    }
    (folder / "speakers.json").write_text(json.dumps(names))
    (folder / "language_ids.json").write_text(json.dumps({"en": 0, "fr-fr": 1, "pt-br": 2}))
    letters = CharactersConfig(
        characters_class="TTS.tts.models.vits.VitsCharacters", pad="_", eos="&", bos="*", blank=None,
        characters="abcdefghijklmnopqrstuvwxyz", punctuations="!'(),-.:;? ", phonemes="",
    )  # fmt: skip
    elsewhere = "/nowhere/of/those/who/trained/it"
    shape = VitsArgs(
        **given, num_heads_text_encoder=2, resblock_type_decoder="2", use_d_vector_file=True,
        d_vector_file=[str(folder / "speakers.json")], speaker_encoder_model_path=str(folder / "model_se.pth"),
        speaker_encoder_config_path=str(folder / "config_se.json"), use_language_embedding=True,
        embedded_language_dim=4, language_ids_file=str(folder / "language_ids.json"), use_sdp=True,
    )  # fmt: skip
    config = VitsConfig(
        model_args=shape, characters=letters, use_phonemes=False, text_cleaner="multilingual_cleaners",
        audio=BaseAudioConfig(sample_rate=16000, hop_length=256, win_length=1024, fft_size=1024, num_mels=80),
    )  # fmt: skip
    model = Vits(config)
    torch.save({"model": model.state_dict(), "config": {}, "step": 0}, folder / "model_file.pth")
    model.config.save_json(str(folder / "config.json"))
    said = (folder / "config.json").read_text().replace(str(folder), elsewhere)
    (folder / "config.json").write_text(said)


def main(arguments: list[str]) -> None:
    """Write one folder for each voice."""
    shapes: dict[str, tuple[Shape, ...]] = {"xtts-v2": (), "openvoice-v2": (), "yourtts": ()}
    if arguments[0] == "full":
        tokens = {"gpt_max_audio_tokens": int(arguments[1])}
        shapes = {
            "xtts-v2": (FULL_XTTS | tokens,),
            "openvoice-v2": (FULL_OPENVOICE,),
            "yourtts": (FULL_YOURTTS, RESNET),
        }
    for (name, shape), make in zip(shapes.items(), (xtts, openvoice, yourtts), strict=True):
        made = Path(arguments[-1]) / name
        made.mkdir(parents=True)
        make(made, *shape)


if __name__ == "__main__":
    main(sys.argv[1:])
