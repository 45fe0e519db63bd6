using LoraBridge.Diffusion.Models;
using LoraBridge.Training.Optimizers;
using static TorchSharp.torch;

namespace EmojiDiffusion.Training;

/// <summary>The two networks that are trained together, or what shares their parameters' memory.</summary>
internal sealed class DenoiserNetworks : IDisposable
{
    private readonly bool _bfloat16;
    private readonly long _tokens;

    /// <param name="tokens">How many tokens the text encoder knows.</param>
    /// <param name="bfloat16">Whether to multiply in bfloat16.</param>
    /// <param name="unet">Gives the UNet's parameters, by name and shape.</param>
    /// <param name="text">Gives the text encoder's.</param>
    public DenoiserNetworks(long tokens, bool bfloat16, Func<string, long[], Tensor> unet, Func<string, long[], Tensor> text)
    {
        (_tokens, _bfloat16) = (tokens, bfloat16);
        (UNet, Text) = (new(ModelSizes.UNet), new(ModelSizes.Text(tokens)));
        ModelWeights.Fill(UNet, unet);
        ModelWeights.Fill(Text, text);
        (UNetParameters, TextParameters) = (ParametersOf("unet.", UNet), ParametersOf("text.", Text));
        Parameters = [.. UNetParameters, .. TextParameters];
        if (!bfloat16) return;
        ModelWeights.MultiplyIn(UNet, ScalarType.BFloat16);
        ModelWeights.MultiplyIn(Text, ScalarType.BFloat16);
    }

    /// <summary>Tells the noise.</summary>
    public UNet2DConditionModel UNet { get; }

    /// <summary>Reads captions.</summary>
    public ClipTextModel Text { get; }

    /// <summary>The UNet's parameters.</summary>
    public IReadOnlyList<NamedParameter> UNetParameters { get; }

    /// <summary>The text encoder's parameters.</summary>
    public IReadOnlyList<NamedParameter> TextParameters { get; }

    /// <summary>Both networks' parameters.</summary>
    public IReadOnlyList<NamedParameter> Parameters { get; }

    /// <summary>Networks of the same parameters whose gradients are their own, so that parts of a batch go forward and backward side by side.</summary>
    public DenoiserNetworks Twin()
    {
        var (unet, text) = (UNet.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter), Text.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter));
        DenoiserNetworks twin = new(_tokens, _bfloat16, (name, _) => unet[name].detach(), (name, _) => text[name].detach());
        foreach (var parameter in twin.Parameters) parameter.Tensor.requires_grad = true;
        return twin;
    }

    /// <summary>Adds a twin's gradients to one's own, and leaves the twin none.</summary>
    public void TakeGradients(DenoiserNetworks twin)
    {
        using var frozen = no_grad();
        foreach (var (mine, others) in Parameters.Zip(twin.Parameters))
        {
            using var more = others.Tensor.grad;
            if (more is null) continue;
            using var so = mine.Tensor.grad;
            if (so is null) mine.Tensor.grad = more.clone();
            else so.add_(more);
            others.Tensor.grad = null;
        }
    }

    public void Dispose()
    {
        UNet.Dispose();
        Text.Dispose();
    }

    private static IReadOnlyList<NamedParameter> ParametersOf(string prefix, nn.Module module) =>
        [.. module.named_parameters().Select(entry => new NamedParameter(prefix + entry.name, entry.parameter))];
}
