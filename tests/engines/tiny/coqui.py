"""Tiny models of random weights in the folders the real ones come in: `python -m tests.engines.tiny.coqui FOLDER`.

Runs in the voice environment. XTTS cannot be smaller than 93 MB: its decoder and speaker encoder have fixed sizes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from workers.engines.torch_cpu import mend_torchaudio

mend_torchaudio()

import torch  # noqa: E402

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


def xtts(folder: Path, tokens: int = 12) -> None:
    """Two layers of 64 channels that say 12 tokens (0.6 s), since random weights never stop by themselves."""
    from TTS.tts.configs.xtts_config import XttsArgs, XttsAudioConfig, XttsConfig
    from TTS.tts.models.xtts import Xtts

    vocabulary = tokenizer(folder / "vocab.json")
    shape = XttsArgs(
        gpt_layers=2, gpt_n_model_channels=64, gpt_n_heads=4, decoder_input_dim=64, gpt_max_audio_tokens=tokens,
        gpt_max_text_tokens=402, gpt_max_prompt_tokens=70, gpt_num_audio_tokens=1026,
        gpt_start_audio_token=1024, gpt_stop_audio_token=1025, gpt_use_perceiver_resampler=True,
        gpt_use_masking_gt_prompt_approach=True, gpt_number_text_tokens=len(vocabulary),
        gpt_start_text_token=vocabulary["[START]"], gpt_stop_text_token=vocabulary["[STOP]"],
    )  # fmt: skip
    config = XttsConfig(model_args=shape, audio=XttsAudioConfig(), languages=LANGUAGES)
    torch.manual_seed(0)
    torch.save({"model": Xtts(config).state_dict(), "config": config.to_dict()}, folder / "model.pth")
    config.save_json(str(folder / "config.json"))


def openvoice(folder: Path) -> None:
    """MyShell's configuration with narrow layers."""
    from TTS.vc.configs.openvoice_config import OpenVoiceArgs, OpenVoiceConfig
    from TTS.vc.models.openvoice import OpenVoice

    shape = {
        "zero_g": True, "inter_channels": 16, "hidden_channels": 16, "filter_channels": 32, "n_heads": 2,
        "n_layers": 2, "kernel_size": 3, "p_dropout": 0.1, "resblock": "1", "resblock_kernel_sizes": [3],
        "resblock_dilation_sizes": [[1, 3, 5]], "upsample_rates": [8, 8, 2, 2],
        "upsample_initial_channel": 32, "upsample_kernel_sizes": [16, 16, 4, 4], "gin_channels": 32,
    }  # fmt: skip
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


def yourtts(folder: Path) -> None:
    """A VITS of 32 channels with a speaker encoder of one layer."""
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
    encoder_shape = {
        "model_name": "lstm", "input_dim": 64, "proj_dim": 32, "lstm_dim": 32, "num_lstm_layers": 1,
        "use_lstm_with_projection": True, "use_torch_spec": True,
    }  # fmt: skip
    encoder = SpeakerEncoderConfig(
        audio=heard,
        model_params=encoder_shape,
        num_classes_in_batch=2,
        num_utter_per_class=2,
        num_loader_workers=0,
    )
    encoder.save_json(str(folder / "config_se.json"))
    torch.save({"model": setup_encoder_model(encoder).state_dict(), "step": 0}, folder / "model_se.pth")
    names = {f"u{at}": {"name": name, "embedding": torch.randn(32).tolist()} for at, name in enumerate("ab")}
    (folder / "speakers.json").write_text(json.dumps(names))
    (folder / "language_ids.json").write_text(json.dumps({"en": 0, "fr-fr": 1, "pt-br": 2}))
    letters = CharactersConfig(
        characters_class="TTS.tts.models.vits.VitsCharacters", pad="_", eos="&", bos="*", blank=None,
        characters="abcdefghijklmnopqrstuvwxyz", punctuations="!'(),-.:;? ", phonemes="",
    )  # fmt: skip
    elsewhere = "/nowhere/of/those/who/trained/it"
    shape = VitsArgs(
        hidden_channels=32, hidden_channels_ffn_text_encoder=64, num_heads_text_encoder=2,
        num_layers_text_encoder=2, num_layers_posterior_encoder=2, num_layers_flow=2,
        upsample_initial_channel_decoder=32, resblock_type_decoder="2", resblock_kernel_sizes_decoder=[3],
        resblock_dilation_sizes_decoder=[[1, 3]], use_d_vector_file=True, d_vector_dim=32,
        d_vector_file=[str(folder / "speakers.json")], speaker_encoder_model_path=str(folder / "model_se.pth"),
        speaker_encoder_config_path=str(folder / "config_se.json"), use_language_embedding=True,
        embedded_language_dim=4, language_ids_file=str(folder / "language_ids.json"), use_sdp=True,
        periods_multi_period_discriminator=[2, 3],
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


if __name__ == "__main__":
    for name, make in (("xtts-v2", xtts), ("openvoice-v2", openvoice), ("yourtts", yourtts)):
        made = Path(sys.argv[1]) / name
        made.mkdir(parents=True)
        make(made)
