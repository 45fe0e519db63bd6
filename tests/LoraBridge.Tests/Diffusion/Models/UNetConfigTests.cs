using LoraBridge.Diffusion.Models;

namespace LoraBridge.Tests.Diffusion.Models;

public sealed class UNetConfigTests
{
    public static TheoryData<string> Families => new("sd15", "tiny", "linear", "deep", "inpainting", "three blocks");

    [Theory]
    [MemberData(nameof(Families))]
    public void FromShapes_ShapesOfAConfig_DescribeTheSameNetwork(string family)
    {
        var config = Family(family);
        var shapes = Shapes(config);

        var read = UNetConfig.FromShapes(shapes, new ModelHints { UNetHeads = config.HeadWidth is null ? config.HeadCount : null, UNetHeadWidth = config.HeadWidth });

        var again = Shapes(read);
        Assert.Equal(shapes.Keys, again.Keys);
        Assert.All(shapes, entry => Assert.Equal(entry.Value, again[entry.Key]));
        Assert.All(config.Levels, level => Assert.Equal(config.Heads(level.Channels), read.Heads(level.Channels)));
        Assert.Equal(config.ContextDim, read.ContextDim);
        Assert.Equal(config.LinearProjections, read.LinearProjections);
    }

    [Fact]
    public void FromShapes_HintsKnowNothing_TakesTheRuleOfTheFirstFamily()
    {
        var config = UNetConfig.FromShapes(Shapes(UNetConfig.Tiny), new ModelHints());
        Assert.Equal((8, 8, 32), (config.Heads(32), config.Heads(96), config.NormGroups));
    }

    [Theory]
    [InlineData("input_blocks.0.0.weight")]
    [InlineData("time_embed.2.weight")]
    [InlineData("out.2.weight")]
    public void FromShapes_WithoutAnEnd_NamesWhatIsMissing(string name)
    {
        var shapes = Shapes(UNetConfig.Tiny);
        shapes.Remove(name);
        var error = Assert.Throws<ModelShapeException>(() => UNetConfig.FromShapes(shapes, new ModelHints()));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromShapes_WayUpCutShort_SaysSo()
    {
        var shapes = Shapes(UNetConfig.Tiny).Where(entry => !entry.Key.StartsWith("output_blocks.2.", StringComparison.Ordinal)).ToDictionary();
        var error = Assert.Throws<ModelShapeException>(() => UNetConfig.FromShapes(shapes, new ModelHints()));
        Assert.Contains("1 on the way up", error.Message, StringComparison.Ordinal);
    }

    internal static Dictionary<string, long[]> Shapes(UNetConfig config)
    {
        using var model = new UNet2DConditionModel(config);
        return ModelWeights.Shapes(model).OrderBy(slot => slot.Name, StringComparer.Ordinal).ToDictionary(slot => slot.Name, slot => slot.Shape);
    }

    private static UNetConfig Family(string name) => name switch
    {
        "sd15" => UNetConfig.Sd15,
        "linear" => UNetConfig.Tiny with { LinearProjections = true, ContextDim = 48, HeadWidth = 16 },
        // the topology of the XL family: no attention at the finest level, deep stacks at the coarsest
        "deep" => UNetConfig.Tiny with
        {
            Levels = [new(32, [0, 0], [0, 0, 0]), new(64, [2, 2], [2, 2, 2]), new(96, [3, 3], [3, 3, 3])],
            MiddleDepth = 3,
            LinearProjections = true,
        },
        "inpainting" => UNetConfig.Tiny with { InputChannels = 9 },
        "three blocks" => UNetConfig.Tiny with { Levels = [new(32, [1, 1, 1], [1, 1, 1, 1]), new(64, [0, 0, 0], [0, 0, 0, 0])], MiddleDepth = 0 },
        _ => UNetConfig.Tiny,
    };
}
