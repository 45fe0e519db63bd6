using LoraBridge.Checkpoints.Naming;
using static TorchSharp.torch;

namespace LoraBridge.Lora;

/// <summary>
/// What one adapter file does to one layer. Every algorithm comes down to a fixed difference D to the layer's own weight W,
/// which may depend on W but not on other adapters, so that adapters add up in any order: W + Σ weight · D.
/// </summary>
/// <remarks>
/// The web UI lets some algorithms (DoRA, IA³, OFT, GLoRA) see the weight as the adapters before them left it. There the order of
/// the tags counts and a picture of a batch cannot have weights of its own; for a single adapter both are the same.
/// </remarks>
internal abstract class LoraModule(ModuleName target, string algorithm) : IDisposable
{
    /// <summary>The layer it changes.</summary>
    public ModuleName Target { get; } = target;

    /// <summary>What the format calls it: LoRA, LoCon, LoHa, LoKr, IA3, …</summary>
    public string Algorithm { get; } = algorithm;

    /// <summary>The inner width r; null for what has none.</summary>
    public virtual long? Rank => null;

    /// <summary>alpha / rank; 1 for what has none.</summary>
    public virtual double Scale => 1;

    /// <summary>Memory of its tensors.</summary>
    public abstract long Bytes { get; }

    /// <summary>Whether the difference is a product of two thin matrices, see <see cref="Factors"/>.</summary>
    public virtual bool IsThin => false;

    /// <summary>Whether it changes the layer's weight.</summary>
    public virtual bool ChangesWeight => true;

    /// <summary>Whether it changes the layer's bias.</summary>
    public virtual bool ChangesBias => false;

    /// <summary>D, what is added to the layer's weight at weight 1.</summary>
    /// <param name="weight">The layer's own weight in float32, (out, in), (out, in, k, k) or (C).</param>
    /// <param name="dynamicRank">Uses this many ranks only, where the algorithm has ranks to choose from; null for all.</param>
    /// <returns>Of the same shape, in float32.</returns>
    public abstract Tensor WeightDifference(Tensor weight, int? dynamicRank = null);

    /// <summary>What is added to the layer's bias at weight 1, (out) in float32; null for nothing.</summary>
    public virtual Tensor? BiasDifference() => null;

    /// <summary>The difference as a product of two thin matrices, where it is one: it then need never be formed.</summary>
    /// <param name="dynamicRank">As in <see cref="WeightDifference"/>.</param>
    /// <returns>Tensors of the caller's scope, in float32; null where the difference is no such product.</returns>
    public virtual LowRankFactors? Factors(int? dynamicRank = null) => null;

    /// <summary>Gives the tensors' memory back.</summary>
    public abstract void Dispose();
}

/// <summary>D = up · down, reshaped to the layer's weight.</summary>
/// <param name="Down">Applied to the input first, (r, in) or (r, in, k, k).</param>
/// <param name="Up">(out, r), the scale multiplied in.</param>
internal sealed record LowRankFactors(Tensor Down, Tensor Up);
