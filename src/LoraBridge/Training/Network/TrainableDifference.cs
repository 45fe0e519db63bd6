using LoraBridge.Lora.Formats;
using static TorchSharp.torch;

namespace LoraBridge.Training.Network;

/// <summary>The whole difference of a weight and of its bias, as LyCORIS' full modules and its trained norms have it.</summary>
internal sealed class TrainableDifference : FormedModule
{
    private readonly TrainedTensor _weight;
    private readonly TrainedTensor? _bias;

    public TrainableDifference(ModuleSetup setup) : base(setup)
    {
        long[] shape = [.. setup.Plan.Shape];
        _weight = Add(setup.Plan.IsNorm ? TensorKind.NormWeight : TensorKind.Difference, _ => zeros(shape));
        if (setup.Layer.BiasShape is { } bias) _bias = Add(setup.Plan.IsNorm ? TensorKind.NormBias : TensorKind.DifferenceOfBias, _ => zeros(bias));
    }

    /// <inheritdoc/>
    public override long? Rank => null;

    /// <inheritdoc/>
    public override IReadOnlyList<TrainedTensor> Factors => [_weight];

    /// <inheritdoc/>
    public override Tensor Difference() => _weight.As(float32);

    protected override Tensor? WithBias(Tensor? bias) => bias is null || _bias is null ? bias : bias.to(float32) + _bias.As(float32);
}
