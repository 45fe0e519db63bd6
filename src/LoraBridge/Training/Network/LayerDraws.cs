using LoraBridge.Training.Objective;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Training.Network;

/// <summary>What is dropped at one layer at one place of a run. The draws are a function of place and layer alone, so a block that runs again in the backward pass draws the same.</summary>
/// <param name="place">Where in the run.</param>
/// <param name="layer">The hash of the layer's name.</param>
/// <param name="options">The chances.</param>
internal sealed class LayerDraws(DrawPlace place, ulong layer, NetworkOptions options)
{
    /// <summary>Whether the module rests in this pass.</summary>
    public bool DropsModule => options.ModuleDropout > 0 && place.Layer(layer, DrawPurpose.ModuleDropout).NextUniform() < options.ModuleDropout;

    /// <summary>Whether activations are dropped.</summary>
    public bool DropsActivations => options.Dropout > 0;

    /// <summary>Drops single activations, and scales the others up for it; the tensor itself where nothing is dropped.</summary>
    public Tensor Activations(Tensor x) => options.Dropout > 0 ? x * Mask(x.shape, x, options.Dropout, DrawPurpose.ActivationDropout) : x;

    /// <summary>Drops whole ranks of every sample, and scales the others up for it.</summary>
    /// <param name="thin">(B, …, r), or (B, r, H, W).</param>
    /// <param name="axis">Where the ranks are.</param>
    public Tensor Ranks(Tensor thin, int axis)
    {
        if (options.RankDropout == 0) return thin;
        var shape = thin.shape.Select((_, i) => i == 0 || i == axis ? thin.shape[i] : 1).ToArray();
        return thin * Mask(shape, thin, options.RankDropout, DrawPurpose.RankDropout);
    }

    /// <summary>Drops whole outputs of a difference that is formed for all samples together, and scales the others up for it.</summary>
    /// <param name="difference">(out, …).</param>
    public Tensor Outputs(Tensor difference)
    {
        if (options.RankDropout == 0) return difference;
        long[] shape = [difference.shape[0], .. Enumerable.Repeat(1L, (int)difference.dim() - 1)];
        return difference * Mask(shape, difference, options.RankDropout, DrawPurpose.RankDropout);
    }

    private Tensor Mask(long[] shape, Tensor like, double chance, DrawPurpose purpose)
    {
        var stream = place.Layer(layer, purpose);
        var kept = new bool[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < kept.Length; i++) kept[i] = stream.NextUniform() >= chance;
        return tensor(kept, shape, device: like.device).to(like.dtype) * (1 / (1 - chance));
    }
}
