"""The encoder: its shapes, its size, and its way through weights and back."""

import pytest
import torch
from timm.layers import PatchEmbed
from torch.nn import functional

from real_cloned.artifacts.weights import Weights
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.contrastive.model import (
    ContrastiveEncoder,
    PatchProduct,
    contrastive_weights,
    load_contrastive,
    vision_transformer,
)
from real_cloned.encoders.registry import load_encoder
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.parameters.pretrain import ArchitectureParameters, LogMelParameters
from tests.tiny import AUDIO, PRETRAIN, but


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return ContrastiveEncoder(PRETRAIN, AUDIO).eval()


@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_segment_of_any_number_of_channels_becomes_one_embedding(n_channels):
    audio = but(AUDIO, n_channels=n_channels)
    embeddings = ContrastiveEncoder(PRETRAIN, audio).eval()(noise(3, n_channels, audio.segment_samples))
    assert embeddings.shape == (3, PRETRAIN.architecture.embedding_size)


def test_patches_need_not_be_square():
    tall = but(PRETRAIN, architecture=PRETRAIN.architecture.model_dump() | {"patch_size": (16, 2)})
    trunk = ContrastiveEncoder(tall, AUDIO).trunk
    assert trunk.patch_embed.num_patches == 1 * 8


def test_an_embedding_does_not_depend_on_the_rest_of_the_batch(encoder):
    segments = noise(4, 1, AUDIO.segment_samples)
    torch.testing.assert_close(encoder(segments)[2:3], encoder(segments[2:3]), rtol=1e-4, atol=1e-5)


def test_int16_and_floats_of_any_level_give_the_same_embedding(encoder):
    samples = (noise(2, 1, AUDIO.segment_samples) * 5000).to(torch.int16)
    torch.testing.assert_close(encoder(samples), encoder(samples.float() / 32768), rtol=1e-3, atol=1e-4)


def test_embeddings_and_gradients_are_those_of_timms_transformer_which_works_out_all_tokens(encoder):
    trunk, plain = encoder.trunk.double(), vision_transformer(PRETRAIN, AUDIO).eval().double()
    plain.load_state_dict(trunk.state_dict())
    n_frames = AUDIO.segment_samples // PRETRAIN.log_mel.hop_length
    pictures = noise(3, AUDIO.n_channels, PRETRAIN.log_mel.n_mels, n_frames).double()
    torch.testing.assert_close(trunk(pictures), plain(pictures))
    for network in (trunk, plain):
        network(pictures).square().sum().backward()
    for (name, ours), (_, theirs) in zip(trunk.named_parameters(), plain.named_parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, msg=name)


@pytest.mark.parametrize(("patch_size", "n_frames"), [((8, 8), 16), ((16, 2), 16), ((8, 5), 19)])
def test_patches_become_the_tokens_and_gradients_of_timms_convolution(patch_size, n_frames):
    plain = PatchEmbed((18, n_frames), patch_size, in_chans=2, embed_dim=6)
    product = PatchProduct(plain)
    log_mel = noise(3, 2, 18, n_frames)
    assert isinstance(ContrastiveEncoder(PRETRAIN, AUDIO).trunk.patch_embed, PatchProduct)
    assert product.state_dict().keys() == plain.state_dict().keys()
    torch.testing.assert_close(product(log_mel), plain(log_mel))
    gradients = [
        torch.autograd.grad(embed(log_mel).square().sum(), [plain.proj.weight, plain.proj.bias])
        for embed in (product, plain)
    ]
    torch.testing.assert_close(gradients[0], gradients[1])


def test_the_embedding_is_that_of_the_authors_transformer_step_by_step(encoder):
    """Their `ASTModel.forward`: no norm between the last block's class token and the linear layer."""
    segments = noise(3, 1, AUDIO.segment_samples)
    trunk = encoder.trunk
    x = trunk.patch_embed.proj(encoder.log_mel(segments)).flatten(2).transpose(1, 2)
    x = torch.cat([trunk.cls_token.expand(3, -1, -1), x], dim=1) + trunk.pos_embed
    for block in trunk.blocks:
        x = block(x)
    torch.testing.assert_close(encoder(segments), functional.gelu(encoder.out[0](x[:, 0])))


def test_a_norm_after_the_last_block_is_there_where_the_parameters_want_it(encoder):
    normed = but(PRETRAIN, architecture=PRETRAIN.architecture.model_dump() | {"final_norm": True})
    assert ContrastiveEncoder(normed, AUDIO).trunk.norm.weight.shape == (16,)
    assert not [name for name, _ in encoder.named_parameters() if name.startswith("trunk.norm.")]
    weights = contrastive_weights(ContrastiveEncoder(normed, AUDIO), normed, AUDIO)
    assert weights.config["pretrain"]["architecture"]["final_norm"] is True
    assert load_contrastive(weights).trunk.norm.weight.shape == (16,)
    del weights.config["pretrain"]["architecture"]["final_norm"]  # as the weights of earlier versions
    with pytest.raises(RealClonedError, match=r"(?s)not those of an encoder of this version.*trunk\.norm\.weight"):
        load_encoder(weights)


def test_the_class_token_starts_as_far_from_zero_as_the_authors():
    wide = but(PRETRAIN, architecture=PRETRAIN.architecture.model_dump() | {"width": 1024})
    token = vision_transformer(wide, AUDIO).cls_token
    assert token.std().item() == pytest.approx(0.02, rel=0.1)


def test_saved_and_loaded_it_gives_equal_embeddings(encoder):
    weights = contrastive_weights(encoder, PRETRAIN, AUDIO)
    segments = noise(2, 1, AUDIO.segment_samples)
    assert torch.equal(load_contrastive(weights)(segments), encoder(segments))


def test_weights_that_do_not_fit_their_parameters_are_an_error(encoder):
    weights = contrastive_weights(encoder, PRETRAIN, AUDIO)
    without = {name: tensor for name, tensor in weights.tensors.items() if name != "out.0.bias"}
    with pytest.raises(RealClonedError, match="out.0.bias"):
        load_encoder(Weights(without, weights.config))


def test_the_papers_encoder_is_vit_small_with_121_tokens_and_22_million_weights():
    paper = but(
        PRETRAIN,
        log_mel=LogMelParameters(sample_rate_hz=16000, n_fft=800, hop_length=400, n_mels=128),
        architecture=ArchitectureParameters(
            patch_size=(16, 16), width=384, depth=12, n_heads=6, embedding_size=2048, projector_sizes=[1024, 1024, 2048]
        ),
    )
    encoder = ContrastiveEncoder(paper, AudioParameters(sample_rate_hz=16000, n_channels=2, segment_s=6.0))
    assert encoder.trunk.pos_embed.shape == (1, 1 + 8 * 15, 384)
    assert sum(weight.numel() for weight in encoder.trunk.parameters()) == pytest.approx(22e6, rel=0.03)
    assert encoder.out[0].weight.shape == (2048, 384)
