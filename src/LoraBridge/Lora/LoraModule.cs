using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Formats;
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
/// <param name="target">The layer it changes.</param>
/// <param name="algorithm">What the format calls it.</param>
/// <param name="tensors">Its tensors by <see cref="TensorKind"/>; taken over.</param>
internal abstract class LoraModule(ModuleName target, string algorithm, IReadOnlyDictionary<string, Tensor> tensors) : IDisposable
{
    /// <summary>The layer it changes.</summary>
    public ModuleName Target { get; } = target;

    /// <summary>What the format calls it: LoRA, LoCon, LoHa, LoKr, IA3, …</summary>
    public string Algorithm { get; } = algorithm;

    /// <summary>Its tensors under the names of the kohya layout (<c>lora_down.weight</c>), in the types they were stored in.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors { get; } = tensors;

    /// <summary>The inner width r; null for what has none.</summary>
    public virtual long? Rank => null;

    /// <summary>alpha / rank; 1 for what has none.</summary>
    public virtual double Scale => 1;

    /// <summary>Memory of its tensors.</summary>
    public long Bytes { get; } = tensors.Values.Sum(tensor => tensor.NumberOfElements * tensor.ElementSize);

    /// <summary>Whether the difference is a product of two thin matrices, see <see cref="Factors"/>.</summary>
    public virtual bool IsThin => false;

    /// <summary>Whether it changes the layer's weight.</summary>
    public virtual bool ChangesWeight => true;

    /// <summary>Whether it changes the layer's bias.</summary>
    public bool ChangesBias => Tensors.ContainsKey(TensorKind.UpBias) || Tensors.ContainsKey(TensorKind.DifferenceOfBias) || Tensors.ContainsKey(TensorKind.NormBias);

    /// <summary>D, what is added to the layer's weight at weight 1.</summary>
    /// <param name="weight">The layer's own weight in float32, (out, in), (out, in, k, k) or (C).</param>
    /// <param name="dynamicRank">Uses this many ranks only, where the algorithm has ranks to choose from; null for all.</param>
    /// <returns>Of the same shape, in float32.</returns>
    public abstract Tensor WeightDifference(Tensor weight, int? dynamicRank = null);

    /// <summary>What is added to the layer's bias at weight 1, (out) in float32; null for nothing.</summary>
    public Tensor? BiasDifference()
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        Add(TensorKind.UpBias, Scale);
        Add(TensorKind.DifferenceOfBias, 1);
        Add(TensorKind.NormBias, 1);
        return sum?.MoveToOuterDisposeScope();

        void Add(string kind, double factor)
        {
            if (!Tensors.TryGetValue(kind, out var bias)) return;
            var part = bias.to(float32).flatten() * factor;
            sum = sum is null ? part : sum + part;
        }
    }

    /// <summary>The difference as a product of two thin matrices, where it is one: it then need never be formed.</summary>
    /// <param name="dynamicRank">As in <see cref="WeightDifference"/>.</param>
    /// <returns>Tensors of the caller's scope, in float32; null where the difference is no such product, or a bias goes with it.</returns>
    public virtual LowRankFactors? Factors(int? dynamicRank = null) => null;

    /// <summary>Gives the tensors' memory back.</summary>
    public void Dispose()
    {
        foreach (var tensor in Tensors.Values) tensor.Dispose();
    }

    /// <summary>A tensor in float32, in the current scope.</summary>
    protected Tensor Float(string kind) => Tensors[kind].to(float32);
}

/// <summary>D = up · down, reshaped to the layer's weight.</summary>
/// <param name="Down">Applied to the input first, (r, in) or (r, in, k, k).</param>
/// <param name="Up">(out, r), the scale multiplied in.</param>
internal sealed record LowRankFactors(Tensor Down, Tensor Up);
