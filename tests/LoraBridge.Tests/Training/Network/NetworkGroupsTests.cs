using LoraBridge.Training.Network;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Network;

public sealed class NetworkGroupsTests(TinyNetwork tiny) : IClassFixture<TinyNetwork>
{
    [Fact]
    public void Parts_HaveTheirRates_AndEveryParameterItsKey()
    {
        using var network = Network(new() { LearningRate = 1e-4, TextEncoderLearningRate = 2e-5 });
        Assert.Equal([("unet", 1e-4, 0.01, 384), ("text_encoder", 2e-5, 0.01, 36)],
            network.Groups.Select(group => (group.Name, group.BaseLearningRate, group.WeightDecay, group.Parameters.Count)));
        Assert.Contains("lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", network.Groups[0].Parameters.Select(parameter => parameter.Name));
        Assert.Contains("lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", network.Groups[1].Parameters.Select(parameter => parameter.Name));
        Assert.Equal((192, 18), (network.UNetModules, network.TextModules));
        Assert.Equal(network.Modules.Sum(module => module.Plan.Rank * (module.Plan.Shape[0] + module.Plan.Shape[1])), network.TrainedNumbers);
    }

    [Fact]
    public void LoraPlus_MultipliesTheUpFactorsRate()
    {
        using var network = Network(new() { LearningRate = 1e-4, LoraPlusRatio = 16, LoraPlusTextEncoderRatio = 4, WeightDecay = 0 });
        Assert.Equal([("text_encoder", 1e-4), ("text_encoder.up_factors", 4e-4), ("unet", 1e-4), ("unet.up_factors", 16e-4)],
            network.Groups.Select(group => (group.Name, Math.Round(group.BaseLearningRate, 9))).Order());
        foreach (var group in network.Groups)
            Assert.All(group.Parameters, parameter => Assert.Equal(group.Name.EndsWith("up_factors", StringComparison.Ordinal), parameter.Name.Contains("lora_up", StringComparison.Ordinal)));
    }

    [Fact]
    public void Blocks_HaveTheirShareOfTheRate()
    {
        var rates = Enumerable.Range(1, 12).Select(i => i / 10.0).ToArray();
        using var network = Network(new() { LearningRate = 1, TextEncoderLearningRate = 0, DownBlockRates = rates, MiddleBlockRate = 3 });
        var groups = network.Groups.ToDictionary(group => group.Name, group => group.BaseLearningRate);
        Assert.Equal((0.2, 0.9, 3.0, 1.0), (groups["unet.block01"], groups["unet.block08"], groups["unet.block12"], groups["unet.block24"]));
    }

    [Fact]
    public void Patterns_HaveARateOfTheirOwn()
    {
        using var network = Network(new() { LearningRate = 1e-4, RatePatterns = new Dictionary<string, double> { ["attn2"] = 5e-4, ["mlp"] = 0 } });
        var group = Assert.Single(network.Groups, group => group.Name == "unet.attn2");
        Assert.Equal((5e-4, 16 * 4 * 2), (group.BaseLearningRate, group.Parameters.Count));
        Assert.DoesNotContain(network.Modules, module => module.Plan.Stem.Contains("mlp", StringComparison.Ordinal));
    }

    private TrainableNetwork Network(OptimizerOptions options) => TrainableNetwork.Create(tiny.Layers, TinyNetwork.Options(new() { Rank = 4 }, options), TinyNetwork.Seed);
}
