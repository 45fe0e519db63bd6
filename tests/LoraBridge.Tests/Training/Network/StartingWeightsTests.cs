using LoraBridge.Checkpoints;
using LoraBridge.Lora;
using LoraBridge.Training.Network;
using LoraBridge.Training.Settings;
using TorchSharp;
using static TorchSharp.torch;
using TemporaryFolder = LoraBridge.Tests.Checkpoints.TemporaryFolder;

namespace LoraBridge.Tests.Training.Network;

/// <summary>Training goes on from an adapter of any rank and alpha with the change that the adapter makes.</summary>
public sealed class StartingWeightsTests(TinyNetwork tiny) : IClassFixture<TinyNetwork>, IDisposable
{
    private static readonly string[] s_layers = [TinyNetwork.SomeLayers[0], TinyNetwork.SomeLayers[1], TinyNetwork.SomeLayers[2]];

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void SameRankAndAlpha_IsTakenBitForBit()
    {
        var options = new NetworkOptions { Algorithm = NetworkAlgorithm.LoCon, Rank = 4, Alpha = 2 };
        using var from = File(options);
        using var network = Continue(options, from);

        Assert.Equal((3, 0, 0), (network.Start!.Taken, network.Start.Padded, network.Start.Truncated));
        Assert.Empty(network.Start.Missing.Concat(network.Start.Unused));
        foreach (var module in network.Modules)
            foreach (var tensor in module.Tensors)
                TensorAssert.Same(Read(from, module).Tensors[tensor.Kind], tensor.Value.detach());
    }

    [Theory]
    [InlineData(4, 2.0, 4, 8.0, false)]         // another alpha
    [InlineData(4, 2.0, 4, 8.0, true)]          // and another scale
    [InlineData(2, 2.0, 6, 3.0, false)]         // more ranks
    [InlineData(4, 1e-3, 4, 4.0, false)]
    public void OtherRankOrAlpha_KeepsTheChange(int fileRank, double fileAlpha, int rank, double alpha, bool stabilised)
    {
        using var from = File(new() { Algorithm = NetworkAlgorithm.LoCon, Rank = fileRank, Alpha = fileAlpha });
        using var network = Continue(new() { Algorithm = NetworkAlgorithm.LoCon, Rank = rank, Alpha = alpha, RankStabilized = stabilised }, from);
        SameChange(from, network);
        Assert.Equal(fileRank == rank ? 3 : 0, network.Start!.Taken);
    }

    [Fact]
    public void NewRanks_BeginWithARandomDownAndNoUp()
    {
        using var from = File(new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 2 });
        using var network = Continue(new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 5 }, from);
        using var fresh = tiny.Create(new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 5 }, s_layers);

        Assert.Equal(3, network.Start!.Padded);
        foreach (var (module, anew) in network.Modules.Cast<TrainableLora>().Zip(fresh.Modules.Cast<TrainableLora>()))
        {
            TensorAssert.Same(anew.Down.Value.detach().narrow(0, 2, 3), module.Down.Value.detach().narrow(0, 2, 3));
            Assert.Equal(0, module.Up.Value.narrow(1, 2, 3).abs().max().ToDouble());
        }
    }

    [Fact]
    public void SmallerRank_KeepsTheNearestChange()
    {
        using var from = File(new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 6, Alpha = 3 });
        using var network = Continue(new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 2, Alpha = 5 }, from);

        Assert.Equal(3, network.Start!.Truncated);
        foreach (var module in network.Modules)
        {
            var whole = Difference(from, module).flatten(start_dim: 1);
            var values = linalg.svdvals(whole.to(float64)).data<double>().ToArray();
            var lost = (whole - module.Difference().flatten(start_dim: 1)).norm().ToDouble();
            Assert.Equal(Math.Sqrt(values.Skip(2).Sum(value => value * value)), lost, 1e-4 * values[0]);
        }
    }

    [Fact]
    public void RankFromWeights_TakesRanksAndAlphasFromTheFile()
    {
        using var from = File(new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 3, Alpha = 1.5, ConvRank = 2, ConvAlpha = 2 });
        using var network = Continue(new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 16, RankFromWeights = true }, from);
        Assert.Equal([(3, 0.5), (3, 0.5), (2, 1.0)], s_layers.Select(path => network.Modules.Single(module => module.Plan.Layer.Path == path).Plan).Select(plan => (plan.Rank, plan.Scale)));
        SameChange(from, network);
    }

    [Theory]
    [InlineData(NetworkAlgorithm.LoHa, false, 2, 4)]
    [InlineData(NetworkAlgorithm.LoHa, true, 4, 4)]
    [InlineData(NetworkAlgorithm.LoKr, false, 1, 2)]
    [InlineData(NetworkAlgorithm.LoKr, true, 2, 2)]
    [InlineData(NetworkAlgorithm.IA3, false, 4, 4)]
    [InlineData(NetworkAlgorithm.Full, false, 4, 4)]
    public void OtherAlgorithms_AreContinuedToo(NetworkAlgorithm algorithm, bool tucker, int fileRank, int rank)
    {
        using var from = File(new() { Algorithm = algorithm, Rank = fileRank, Alpha = 3, Tucker = tucker });
        using var network = Continue(new() { Algorithm = algorithm, Rank = rank, Alpha = 2, Tucker = tucker }, from);
        SameChange(from, network);
    }

    [Fact]
    public void Difference_WithoutOneOfTheBias_IsContinued()
    {
        using var network = tiny.Create(new() { Algorithm = NetworkAlgorithm.Full }, s_layers[2]);
        TinyNetwork.Stir(network);
        var tensors = network.Modules[0].ForFile(CPU);
        SafetensorsWriter.Write(_folder.File("diff.safetensors"), new Dictionary<string, Tensor> { [$"{network.Modules[0].Plan.Stem}.diff"] = tensors["diff"] });
        using var from = LoraFile.Open(_folder.File("diff.safetensors"), tiny.Layers);
        using var again = Continue(new() { Algorithm = NetworkAlgorithm.Full }, from, s_layers[2]);
        SameChange(from, again);
        Assert.Equal(0, again.Modules[0].Tensors.Single(tensor => tensor.Kind == "diff_b").Value.abs().max().ToDouble());
    }

    [Fact]
    public void FactorsOfInputs_AreNotTakenForThoseOfOutputs()
    {
        const string Square = "input_blocks.1.1.transformer_blocks.0.attn1.to_q";
        using var network = tiny.Create(new() { Algorithm = NetworkAlgorithm.IA3 }, Square);
        var stem = network.Modules[0].Plan.Stem;
        SafetensorsWriter.Write(_folder.File("ia3.safetensors"), new Dictionary<string, Tensor> { [$"{stem}.weight"] = ones(32), [$"{stem}.on_input"] = tensor(1L) });
        using var from = LoraFile.Open(_folder.File("ia3.safetensors"), tiny.Layers);
        Assert.Contains("inputs", Assert.Throws<LoraMismatchException>(() => Continue(new() { Algorithm = NetworkAlgorithm.IA3 }, from, Square)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Lengths_AreTaken_OrBeginWithTheChangedWeights(bool fileHasLengths)
    {
        var options = new NetworkOptions { Algorithm = NetworkAlgorithm.LoCon, Rank = 4 };
        using var from = File(options with { WeightDecompose = fileHasLengths });
        using var network = Continue(options with { WeightDecompose = true, Rank = 4, Alpha = 2 }, from);
        foreach (var module in network.Modules)
        {
            using var again = TinyNetwork.AsRead(module);
            TensorAssert.Close(Difference(from, module), again.WeightDifference(tiny.Layer(module).Weight), 2e-6, module.Plan.Stem);
        }
    }

    [Fact]
    public void ThinChange_OfAnotherAlgorithm_BecomesALora()
    {
        using var from = File(new() { Algorithm = NetworkAlgorithm.LoHa, Rank = 2 }, TinyNetwork.SomeLayers[0]);
        using var network = Continue(new() { Rank = 4 }, from, TinyNetwork.SomeLayers[0]);
        SameChange(from, network);
    }

    [Fact]
    public void LayersOnOneSideOnly_AreReported()
    {
        using var from = File(new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 4 }, s_layers[0], s_layers[2]);
        using var network = Continue(new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 4 }, from, s_layers[0], s_layers[1]);
        Assert.Equal("lora_unet_down_blocks_0_attentions_0_proj_in", Assert.Single(network.Start!.Missing));
        Assert.Equal("lora_unet_down_blocks_1_resnets_0_conv1", Assert.Single(network.Start.Unused));
        Assert.Equal(0, network.Modules.Single(module => module.Plan.Layer.Path == s_layers[1]).Norm().ToDouble());
    }

    [Fact]
    public void WhatCannotBeContinued_IsRefusedWithACure()
    {
        using var lokr = File(new() { Algorithm = NetworkAlgorithm.LoKr, Rank = 2 });
        Assert.Contains("network.algorithm", Assert.Throws<LoraMismatchException>(() => Continue(new() { Rank = 4 }, lokr, s_layers[0])).Message, StringComparison.Ordinal);
        using var dora = File(new() { Rank = 4, WeightDecompose = true }, s_layers[0]);
        Assert.Contains("network.weightDecompose", Assert.Throws<LoraMismatchException>(() => Continue(new() { Rank = 4 }, dora, s_layers[0])).Message, StringComparison.Ordinal);
        Assert.Contains("network.decomposeOnOutput", Assert.Throws<LoraMismatchException>(() => Continue(new() { Rank = 4, WeightDecompose = true, DecomposeOnOutput = false }, dora, s_layers[0])).Message, StringComparison.Ordinal);
        using var larger = File(new() { Algorithm = NetworkAlgorithm.LoHa, Rank = 4 });
        Assert.Contains("network.rankFromWeights", Assert.Throws<LoraMismatchException>(() => Continue(new() { Algorithm = NetworkAlgorithm.LoHa, Rank = 2 }, larger)).Message, StringComparison.Ordinal);
    }

    // an adapter that was written and read, so with what files know alone
    private LoraFile File(NetworkOptions options, params string[] layers)
    {
        using var network = tiny.Create(options, layers.Length > 0 ? layers : s_layers);
        TinyNetwork.Stir(network);
        using var file = network.ToFile();
        var path = _folder.File($"{Guid.NewGuid():n}.safetensors");
        file.Save(path, new() { Type = TensorType.F32 });
        return LoraFile.Open(path, tiny.Layers);
    }

    private TrainableNetwork Continue(NetworkOptions options, LoraFile from, params string[] layers) =>
        TrainableNetwork.Create(tiny.Layers, TinyNetwork.Options(options with { Include = layers.Length > 0 ? layers : s_layers }), TinyNetwork.Seed, from);

    private static LoraModule Read(LoraFile file, TrainableModule module) => file.Modules.Single(read => read.Target == module.Plan.Layer);

    private Tensor Difference(LoraFile file, TrainableModule module) => Read(file, module).WeightDifference(tiny.Layer(module).Weight);

    private void SameChange(LoraFile file, TrainableNetwork network)
    {
        Assert.Equal(file.Modules.Count, network.Modules.Count);
        foreach (var module in network.Modules)
        {
            var expected = Difference(file, module);
            Assert.True(expected.abs().max().ToDouble() > 1e-6);
            TensorAssert.Close(expected, module.Difference(), 2e-6 * Math.Max(1, expected.abs().max().ToDouble()), module.Plan.Stem);
        }
    }
}
