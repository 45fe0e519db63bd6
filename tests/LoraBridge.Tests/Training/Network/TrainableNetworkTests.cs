using LoraBridge.Checkpoints;
using LoraBridge.Lora;
using LoraBridge.Tests.Diffusion.Models;
using LoraBridge.Tests.Native;
using LoraBridge.Training.Network;
using LoraBridge.Training.Objective;
using LoraBridge.Training.Optimizers;
using LoraBridge.Training.Settings;
using TorchSharp;
using static TorchSharp.torch;
using TemporaryFolder = LoraBridge.Tests.Checkpoints.TemporaryFolder;

namespace LoraBridge.Tests.Training.Network;

/// <summary>A network on a model, over steps; the count of tensors is the process's, so these run alone.</summary>
[Collection(ProcessWide.Name)]
public sealed class TrainableNetworkTests : IDisposable
{
    private static readonly string[] s_layers = ["input_blocks.1.", "middle_block.", "layers.0."];

    private readonly TinyNetwork _tiny = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        _tiny.Dispose();
    }

    [Fact]
    public void Attach_ChangesTheModel_AndDetachGivesItBack()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var plain = Predict();
        using (var network = Network(new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 4 }))
        {
            network.Attach();
            TensorAssert.Close(plain, Predict(), 1e-5);
            TinyNetwork.Stir(network);
            Assert.True(TensorAssert.MaxDifference(plain, Predict()) > 1e-3);
            network.IsActive = false;
            TensorAssert.Same(plain, Predict());
            network.IsActive = true;

            using var other = Network(new() { Rank = 2 });
            Assert.Contains("take it off", Assert.Throws<InvalidOperationException>(other.Attach).Message, StringComparison.Ordinal);
        }
        TensorAssert.Same(plain, Predict());
    }

    [Theory]
    [InlineData(NetworkAlgorithm.LoCon, false, WeightPrecision.Fp32)]
    [InlineData(NetworkAlgorithm.LoCon, true, WeightPrecision.Fp32)]
    [InlineData(NetworkAlgorithm.LoCon, false, WeightPrecision.Bf16)]
    [InlineData(NetworkAlgorithm.LoHa, false, WeightPrecision.Fp32)]
    [InlineData(NetworkAlgorithm.LoKr, false, WeightPrecision.Fp32)]
    [InlineData(NetworkAlgorithm.IA3, false, WeightPrecision.Fp32)]
    [InlineData(NetworkAlgorithm.Full, false, WeightPrecision.Fp32)]
    public void Steps_LowerTheLoss_KeepNothing_AndLeaveTheModel(NetworkAlgorithm algorithm, bool lengths, WeightPrecision precision)
    {
        using var model = NewDisposeScope();
        var weights = _tiny.UNet.parameters().Select(parameter => parameter.clone()).ToArray();
        var before = ProcessWide.CountTensors();
        using (var network = Network(new() { Algorithm = algorithm, Rank = 4, WeightDecompose = lengths }, precision))
        using (var optimizer = new AdamW(network.Groups))
        {
            network.Attach();
            var first = Step(network, optimizer, 0);
            var (count, last) = (ProcessWide.CountTensors(), 0.0);
            for (var step = 1; step < 6; step++)
            {
                last = Step(network, optimizer, step);
                Assert.Equal(count, Tensor.TotalCount);
            }
            Assert.True(last < 0.98 * first, $"the loss went from {first} to {last}");
            Assert.All(network.Modules.SelectMany(module => module.Tensors), tensor => Assert.Equal(precision == WeightPrecision.Bf16 ? bfloat16 : float32, tensor.Value.dtype));
        }
        Assert.Equal(before, ProcessWide.CountTensors());
        foreach (var (was, now) in weights.Zip(_tiny.UNet.parameters())) TensorAssert.Same(was, now.detach(), "a weight of the model");
        Assert.All(_tiny.UNet.parameters(), parameter => Assert.False(parameter.requires_grad));
    }

    [Fact]
    public void Load_OfAState_GoesOnBitForBit_DropoutsIncluded()
    {
        using var scope = NewDisposeScope();
        var options = new NetworkOptions { Algorithm = NetworkAlgorithm.LoCon, Rank = 4, Dropout = 0.2, RankDropout = 0.2, ModuleDropout = 0.1 };
        byte[][] whole;
        using (var network = Network(options))
        using (var optimizer = new AdamW(network.Groups))
        {
            network.Attach();
            for (var step = 0; step < 4; step++)
            {
                if (step == 2)
                {
                    using var saved = optimizer.State();
                    using var adapter = network.State();
                    saved.Add("adapter.", adapter);
                    saved.Write(_folder.File("state.safetensors"));
                }
                Step(network, optimizer, step);
            }
            whole = Bits(network);
        }
        using (var network = Network(options))
        using (var optimizer = new AdamW(network.Groups))
        {
            using (var saved = SavedState.Read(_folder.File("state.safetensors")))
            using (var adapter = saved.Part("adapter."))
            {
                network.Load(adapter);
                optimizer.Load(saved);
            }
            network.Attach();
            for (var step = 2; step < 4; step++) Step(network, optimizer, step);
            Assert.Equal(whole, Bits(network));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Recomputes_OnlyWhereBlocksDoNot(bool blocksDo)
    {
        var options = TinyNetwork.Options(new() { Include = s_layers }, precision: new() { GradientCheckpointing = blocksDo });
        using var network = TrainableNetwork.Create(_tiny.Layers, options, TinyNetwork.Seed);
        Assert.Equal(!blocksDo, network.Recomputes);
        Assert.All(network.Modules, module => Assert.Equal(!blocksDo, module.Recomputes));
    }

    [Fact]
    public void File_OnTheModel_ActsAsTheNetwork()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var network = Network(new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 4, Alpha = 3, RankStabilized = true });
        TinyNetwork.Stir(network);
        network.Attach();
        var trained = Predict();
        network.Detach();

        using (var file = network.ToFile(new Dictionary<string, string> { ["ss_network_dim"] = "4" })) file.Save(_folder.File("trained.safetensors"), new() { Type = TensorType.F32 });
        using var read = LoraNetwork.Load(_folder.File("trained.safetensors"), _tiny.Layers);
        Assert.Empty(read.UnknownKeys);
        Assert.Equal("4", read.Report.Metadata["ss_network_dim"]);
        Assert.Equal(1.5, read.Report.MaxScale!.Value, 1e-6);
        foreach (var module in read.Modules)
        {
            var layer = _tiny.Layers[module.Target];
            layer.Adapted = x => layer.With(x, layer.Weight + module.WeightDifference(layer.Weight), layer.Bias);
        }
        var again = Predict();
        foreach (var module in read.Modules) _tiny.Layers[module.Target].Adapted = null;
        TensorAssert.Close(trained, again, 2e-5);
    }

    [Fact]
    public void Create_OfWhatIsNotBuiltIn_NamesWhatIs()
    {
        Assert.Contains("network.algorithm", Assert.Throws<NotSupportedException>(() => Network(new() { Algorithm = NetworkAlgorithm.Oft })).Message, StringComparison.Ordinal);
        Assert.Contains("network.initialization", Assert.Throws<NotSupportedException>(() => Network(new() { Initialization = NetworkInitialization.PiSSA })).Message, StringComparison.Ordinal);
    }

    private TrainableNetwork Network(NetworkOptions options, WeightPrecision precision = WeightPrecision.Fp32) =>
        TrainableNetwork.Create(_tiny.Layers, TinyNetwork.Options(options with { Include = s_layers }, new() { LearningRate = 5e-3 }, new() { Adapter = precision }), TinyNetwork.Seed);

    private Tensor Predict()
    {
        using var scope = NewDisposeScope();
        var (latents, timesteps, _) = Tiny.UNetInputs(batch: 1);
        var context = _tiny.Text.call(arange(77, dtype: int64, device: CPU).unsqueeze(0), 1);
        return _tiny.UNet.call(latents, timesteps, context).MoveToOuterDisposeScope();
    }

    private double Step(TrainableNetwork network, Optimizer optimizer, int step)
    {
        using var scope = NewDisposeScope();
        network.Place = new DrawPlace(3, step, 0);
        var loss = (Predict() - Tiny.Normal(50, 1, 4, 8, 8)).square().mean();
        var gradients = new GradientStep(optimizer, new(false));
        gradients.Accumulate(loss);
        Assert.True(gradients.Apply().IsApplied);
        return loss.ToDouble();
    }

    private static byte[][] Bits(TrainableNetwork network) => [.. network.Modules.SelectMany(module => module.Tensors).Select(tensor => tensor.Value.detach().contiguous().bytes.ToArray())];
}
