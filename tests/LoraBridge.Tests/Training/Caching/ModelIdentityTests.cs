using LoraBridge.Diffusion.Models;
using LoraBridge.Tests.Diffusion.Models;
using LoraBridge.Training.Caching;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Caching;

public sealed class ModelIdentityTests
{
    [Fact]
    public void Of_SameWeights_IsTheSameWhateverTypeTheyAreKeptIn()
    {
        using var half = Tiny.Autoencoder(type: ScalarType.BFloat16);
        using var wide = new AutoencoderKL(AutoencoderConfig.Tiny);
        ModelWeights.Fill(wide, (name, _) => half.get_parameter(name)!.to(ScalarType.Float32));
        using var other = Tiny.Autoencoder(seed: 1);

        Assert.Equal(ModelIdentity.Of(half), ModelIdentity.Of(wide));
        Assert.NotEqual(ModelIdentity.Of(half), ModelIdentity.Of(other));
    }

    [Fact]
    public void Of_AutoencodersThatDecodeDifferently_IsTheSame()
    {
        using var noGrad = no_grad();
        using var autoencoder = Tiny.Autoencoder();
        var before = ModelIdentity.Of(autoencoder);

        autoencoder.get_parameter("decoder.conv_in.weight")!.add_(1);
        autoencoder.get_parameter("post_quant_conv.weight")!.add_(1);
        Assert.Equal(before, ModelIdentity.Of(autoencoder));

        autoencoder.get_parameter("quant_conv.bias")!.add_(1);
        Assert.NotEqual(before, ModelIdentity.Of(autoencoder));
    }

    [Fact]
    public void Of_OtherNormGroups_IsAnother()
    {
        using var some = Tiny.Autoencoder();
        using var other = new AutoencoderKL(AutoencoderConfig.Tiny with { NormGroups = 16 });
        ModelWeights.Fill(other, (name, _) => some.get_parameter(name)!.clone());

        Assert.NotEqual(ModelIdentity.Of(some), ModelIdentity.Of(other));
    }

    [Fact]
    public void Of_TextEncoderWithAnAdapter_IsRefusedNamingTheLayer()
    {
        using var text = Tiny.Text();
        var plain = ModelIdentity.Of(text);
        var slot = ModelWeights.Slots(text).First(slot => slot.Name.EndsWith("q_proj.weight", StringComparison.Ordinal));
        slot.Layer.Adapted = slot.Layer.Plain;

        var e = Assert.Throws<InvalidOperationException>(() => ModelIdentity.Of(text));

        Assert.Contains(slot.Name[..^"weight".Length], e.Message, StringComparison.Ordinal);
        slot.Layer.Adapted = null;
        Assert.Equal(plain, ModelIdentity.Of(text));
    }
}
