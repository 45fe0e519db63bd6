using LoraBridge.Diffusion.Models;
using LoraBridge.Tests.Diffusion.Models;
using LoraBridge.Torch;
using LoraBridge.Training.Network;
using LoraBridge.Training.Objective;
using LoraBridge.Training.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Network;

public sealed class LayerDrawsTests : IDisposable
{
    private static readonly DrawPlace s_place = new(Seed: 5, Step: 3, MicroStep: 1);

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Activations_AreDroppedAtTheRate_AndTheRestScaledUp()
    {
        var dropped = Draws(new() { Dropout = 0.25 }).Activations(ones(40, 50, 4));
        Assert.Equal(0.25, dropped.eq(0).to(float32).mean().ToDouble(), 0.02);
        Assert.Equal(1 / 0.75, dropped.max().ToDouble(), 1e-6);
    }

    [Theory]
    [InlineData(2, new long[] { 300, 9, 8 })]
    [InlineData(1, new long[] { 300, 8, 9 })]
    public void Ranks_AreDroppedWhole_ForEachSampleApart(int axis, long[] shape)
    {
        var dropped = Draws(new() { RankDropout = 0.5 }).Ranks(ones(shape), axis);
        var first = dropped.select(3 - axis, 0);                                // (B, r)
        TensorAssert.Same(first.unsqueeze(3 - axis).expand(shape).contiguous(), dropped.contiguous());
        Assert.Equal(2, first.max().ToDouble());
        Assert.Equal(0.5, first.eq(0).to(float32).mean().ToDouble(), 0.04);
        Assert.True(TensorAssert.MaxDifference(first[0], first[1]) > 0 || TensorAssert.MaxDifference(first[0], first[2]) > 0);
    }

    [Fact]
    public void Module_IsDroppedAtTheRate()
    {
        var count = Enumerable.Range(0, 1000).Count(step => Draws(new() { ModuleDropout = 0.2 }, s_place with { Step = step }).DropsModule);
        Assert.InRange(count, 160, 240);
    }

    [Fact]
    public void Draws_DependOnPlaceAndLayerAlone()
    {
        var options = new NetworkOptions { Dropout = 0.5 };
        Tensor Drawn(DrawPlace place, ulong layer = 1) => new LayerDraws(place, layer, options).Activations(ones(64));

        TensorAssert.Same(Drawn(s_place), Drawn(s_place));
        foreach (var other in new[] { Drawn(s_place with { Seed = 6 }), Drawn(s_place with { Step = 4 }), Drawn(s_place with { MicroStep = 0 }), Drawn(s_place, layer: 2) })
            Assert.True(TensorAssert.MaxDifference(Drawn(s_place), other) > 0);
    }

    [Fact]
    public void NoChance_LeavesTensorsThemselves()
    {
        var x = ones(3, 4);
        var draws = Draws(new());
        Assert.Same(x, draws.Activations(x));
        Assert.Same(x, draws.Ranks(x, 1));
        Assert.Same(x, draws.Outputs(x));
        Assert.False(draws.DropsModule);
    }

    [Theory]
    [InlineData(NetworkAlgorithm.LoCon)]
    [InlineData(NetworkAlgorithm.LoHa)]
    public void Blocks_ThatRunAgain_DropTheSame(NetworkAlgorithm algorithm)
    {
        using var tiny = new TinyNetwork();
        using var network = tiny.Create(new() { Algorithm = algorithm, Rank = 4, Dropout = 0.3, RankDropout = 0.3, ModuleDropout = 0.3 }, "input_blocks.1.", "middle_block.1");
        TinyNetwork.Stir(network);
        network.Attach();
        var (latents, timesteps, context) = Tiny.UNetInputs(batch: 2);

        Dictionary<string, Tensor?> Gradients(Checkpointing checkpointing, DrawPlace? place)
        {
            (tiny.UNet.Checkpointing, network.Place) = (checkpointing, place);
            TorchExtras.Backward(tiny.UNet.call(latents, timesteps, context).square().sum());
            var gradients = network.Modules.SelectMany(module => module.Tensors).ToDictionary(tensor => tensor.Name, tensor => tensor.Value.grad?.clone());
            foreach (var tensor in network.Modules.SelectMany(module => module.Tensors)) tensor.Value.grad = null;
            return gradients;
        }

        var (kept, again) = (Gradients(Checkpointing.None, s_place), Gradients(Checkpointing.Blocks, s_place));
        Assert.Contains(kept.Values, gradient => gradient is null);             // a module was dropped
        Assert.Contains(kept.Values, gradient => gradient is not null);
        foreach (var (name, gradient) in kept)
        {
            Assert.Equal(gradient is null, again[name] is null);
            // the first run of a block that runs again takes the kernels for inference, which round otherwise
            if (gradient is not null) TensorAssert.Close(gradient, again[name]!, 1e-4 * Math.Max(1, gradient.abs().max().ToDouble()), name);
        }
        Assert.DoesNotContain(Gradients(Checkpointing.None, null).Values, gradient => gradient is null);
    }

    private static LayerDraws Draws(NetworkOptions options, DrawPlace? place = null) => new(place ?? s_place, 1, options);
}
