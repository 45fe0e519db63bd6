using LoraBridge.Tests.Training.Network;
using LoraBridge.Training.Optimizers;
using LoraBridge.Training.Preflight;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Preflight;

/// <summary>What is counted by formulas is what modules and optimizers then hold.</summary>
public sealed class AdapterSizesTests : IDisposable
{
    private readonly TinyNetwork _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(NetworkAlgorithm.LoRA, false, false)]
    [InlineData(NetworkAlgorithm.LoRA, true, false)]
    [InlineData(NetworkAlgorithm.LoCon, false, true)]
    [InlineData(NetworkAlgorithm.LoRAFa, false, false)]
    [InlineData(NetworkAlgorithm.LoHa, false, true)]
    [InlineData(NetworkAlgorithm.LoHa, false, false)]
    [InlineData(NetworkAlgorithm.LoKr, false, false)]
    [InlineData(NetworkAlgorithm.LoKr, true, true)]
    [InlineData(NetworkAlgorithm.Full, false, false)]
    public void Of_EveryAlgorithm_CountsWhatItsModulesHold(NetworkAlgorithm algorithm, bool lengths, bool tucker)
    {
        using var scope = NewDisposeScope();
        var options = new NetworkOptions { Algorithm = algorithm, Rank = 3, ConvRank = 2, WeightDecompose = lengths, Tucker = tucker, DecomposeBoth = tucker, TrainNorm = true, Include = ["input_blocks.1", "input_blocks.4", "layers.0"] };
        using var network = _tiny.Create(options);
        var sizes = AdapterSizes.Of(network.Modules.Select(module => module.Plan), options);
        Assert.Equal(network.TrainedNumbers, sizes.Trained);
        Assert.Equal(network.Modules.SelectMany(module => module.Tensors).Sum(tensor => tensor.Value.NumberOfElements), sizes.Held);
    }

    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.AdamW8bit)]
    [InlineData(OptimizerKind.Lion)]
    [InlineData(OptimizerKind.Lion8bit)]
    [InlineData(OptimizerKind.SgdNesterov)]
    [InlineData(OptimizerKind.Prodigy)]
    [InlineData(OptimizerKind.DAdaptAdam)]
    [InlineData(OptimizerKind.AdamWScheduleFree)]
    public void StateBytes_EveryOptimizer_AreWhatItKeepsForALargeParameter(OptimizerKind kind)
    {
        using var scope = NewDisposeScope();
        var group = new ParameterGroup("all", [new("weight", zeros([512, 256], dtype: float32, device: CPU).requires_grad_())], 1e-3);
        using var optimizer = OptimizerFactory.Create(new() { Kind = kind }, [group]);
        using var state = optimizer.State();
        var expected = AdapterSizes.StateBytes(kind) * 512 * 256;
        Assert.InRange(Bytes(state), expected, 1.01 * expected + 4096);
    }

    // as the state's file has it, but for its header
    private static double Bytes(SavedState state)
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            state.Write(path);
            return new FileInfo(path).Length;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
