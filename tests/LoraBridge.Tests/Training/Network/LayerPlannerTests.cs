using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora;
using LoraBridge.Training.Network;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Network;

/// <summary>Which layers of Stable Diffusion 1 are trained, and at what rank and scale.</summary>
public sealed class LayerPlannerTests
{
    private const string FirstQuery = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";

    [Theory]
    [InlineData(NetworkTargets.Transformers, NetworkAlgorithm.LoRA, 192, 72)]
    [InlineData(NetworkTargets.Transformers, NetworkAlgorithm.LoCon, 278, 72)]
    [InlineData(NetworkTargets.Full, NetworkAlgorithm.LoHa, 282, 72)]
    [InlineData(NetworkTargets.Full, NetworkAlgorithm.LoRA, 230, 72)]       // all but 3x3: 52 of them
    [InlineData(NetworkTargets.AttentionAndMlp, NetworkAlgorithm.LoRA, 160, 72)]
    [InlineData(NetworkTargets.Attention, NetworkAlgorithm.LoRA, 128, 48)]
    [InlineData(NetworkTargets.QueryKeyValue, NetworkAlgorithm.LoRA, 96, 36)]
    [InlineData(NetworkTargets.QueryValue, NetworkAlgorithm.LoRA, 64, 24)]
    [InlineData(NetworkTargets.FullLinear, NetworkAlgorithm.LoRA, 184, 72)] // 160 in transformers, 22 of the timestep in blocks, 2 of its embedding
    [InlineData(NetworkTargets.UNetOnly, NetworkAlgorithm.LoCon, 282, 0)]
    [InlineData(NetworkTargets.UNetTransformers, NetworkAlgorithm.LoCon, 192, 0)]
    [InlineData(NetworkTargets.UNetConvolutions, NetworkAlgorithm.LoCon, 86, 0)]
    public void Targets_OfStableDiffusion1_AreAsManyAsTheReferenceCounts(NetworkTargets targets, NetworkAlgorithm algorithm, int unet, int text)
    {
        var plans = Plan(new() { Targets = targets, Algorithm = algorithm });
        Assert.Equal((unet, text), (plans.Count(plan => plan.Layer.Component == ModelComponent.UNet), plans.Count(plan => plan.Layer.Component == ModelComponent.TextEncoder)));
    }

    [Fact]
    public void Parameters_OfTheDefaultTargets_AreAsManyAsTheReferenceCounts()
    {
        var plans = Plan(new() { Rank = 8 });
        long Numbers(ModelComponent component) => plans.Where(plan => plan.Layer.Component == component).Sum(plan => plan.Rank * (plan.Shape[0] + plan.Shape[1]));
        Assert.Equal((423_936 * 8, 165_888 * 8), (Numbers(ModelComponent.UNet), Numbers(ModelComponent.TextEncoder)));
        Assert.Equal(33_626_112, Plan(new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 32, TrainTextEncoder = false }).Sum(plan => plan.Rank * (plan.Shape[0] + plan.Shape[1] * plan.Kernel)));
    }

    [Fact]
    public void TrainNorm_AddsTheNormsOfTheSet()
    {
        static int Norms(NetworkTargets targets) => Plan(new() { Targets = targets, TrainNorm = true, Algorithm = NetworkAlgorithm.LoCon }).Count(plan => plan.IsNorm);
        Assert.Equal(0, Plan(new() { Algorithm = NetworkAlgorithm.LoCon }).Count(plan => plan.IsNorm));
        Assert.Equal(16 * 4, Norms(NetworkTargets.UNetTransformers));
        Assert.Equal(44, Norms(NetworkTargets.UNetConvolutions));
    }

    [Fact]
    public void Blocks_HaveTheirOwnRanksAndAlphas_AndZeroLeavesThemOut()
    {
        int[] ranks = [.. Enumerable.Range(0, 25)];
        double[] alphas = [.. ranks.Select(rank => rank / 2.0)];
        var plans = Plan(new() { Rank = 3, Alpha = 3, Algorithm = NetworkAlgorithm.LoCon, Targets = NetworkTargets.Full, BlockRanks = ranks, BlockAlphas = alphas, ConvRank = 5, ConvAlpha = 1 });

        Assert.DoesNotContain(plans, plan => plan.Block == 0);
        foreach (var plan in plans)
        {
            var isConvolution = plan.Kernel > 1;
            var (rank, scale) = isConvolution ? (5, 0.2) : plan.Block is { } block ? (block, 0.5) : (3, 1);
            Assert.Equal((plan.Stem, rank, scale), (plan.Stem, plan.Rank, plan.Scale));
        }
        Assert.Equal([null, .. Enumerable.Range(1, 24).Select(block => (int?)block)], plans.Select(plan => plan.Block).Distinct().Order());
        Assert.Equal(12, plans.First(plan => plan.Stem.Contains("mid_block", StringComparison.Ordinal)).Block);
        Assert.Equal(24, plans.First(plan => plan.Stem.Contains("up_blocks_3_resnets_2", StringComparison.Ordinal)).Block);
    }

    [Fact]
    public void ConvBlockRanks_AreThoseOfKernels()
    {
        int[] ranks = [.. Enumerable.Range(0, 25).Select(block => block == 12 ? 0 : 6)];
        var plans = Plan(new() { Rank = 3, Algorithm = NetworkAlgorithm.LoCon, ConvBlockRanks = ranks, ConvBlockAlphas = [.. ranks.Select(_ => 3.0)] });
        Assert.All(plans.Where(plan => plan.Kernel > 1), plan => Assert.Equal((6, 0.5), (plan.Rank, plan.Scale)));
        Assert.DoesNotContain(plans, plan => plan.Kernel > 1 && plan.Block == 12);
        Assert.Contains(plans, plan => plan.Kernel == 1 && plan.Block == 12);
    }

    [Theory]
    [InlineData("attn1_to_q$")]
    [InlineData(@"attn1\.to_q")]
    [InlineData("attn1.to_q")]
    public void RankPattern_OfAnySpelling_SetsTheRank(string pattern)
    {
        var plans = Plan(new() { Rank = 4, RankPatterns = new Dictionary<string, int> { [pattern] = 2 } });
        Assert.Equal(16, plans.Count(plan => plan.Rank == 2));
        Assert.Equal((2, 1.0), plans.Where(plan => plan.Stem == FirstQuery).Select(plan => (plan.Rank, plan.Scale)).Single());
    }

    [Fact]
    public void IncludeAndExclude_ChooseAmongTheTargets()
    {
        var plans = Plan(new() { Include = ["mid_block", "layers_0_"], Exclude = ["attn2", "mlp"] });
        Assert.Equal(8 + 4, plans.Count);                                       // proj_in, proj_out, four of attn1, two of ff; q, k, v, out
    }

    [Fact]
    public void RankStabilized_ScalesByTheRoot()
    {
        var plan = Plan(new() { Rank = 16, Alpha = 4, RankStabilized = true })[0];
        Assert.Equal(1, plan.Scale);
    }

    [Fact]
    public void Rates_OfZero_LeavePartsAndBlocksOut()
    {
        Assert.All(Plan(new(), new() { TextEncoderLearningRate = 0 }), plan => Assert.Equal(ModelComponent.UNet, plan.Layer.Component));
        Assert.All(Plan(new() { TrainUNet = false }), plan => Assert.Equal(ModelComponent.TextEncoder, plan.Layer.Component));

        var rates = Enumerable.Repeat(0.5, 12).ToArray();
        rates[4] = 0;
        rates[5] = 0.1;
        var blocks = Plan(new() { TrainTextEncoder = false }, new() { DownBlockRates = rates, MiddleBlockRate = 0, BlockRateThreshold = 0.1 }).Select(plan => plan.Block).Distinct();
        Assert.Equal([1, 2, 7, 8, 16, 17, 18, 19, 20, 21, 22, 23, 24], blocks.Order());
    }

    [Fact]
    public void Settings_ThatLeaveNothing_AreRefused()
    {
        Assert.Contains("network.include", Assert.Throws<SettingsException>(() => Plan(new() { Include = ["no such layer"] })).Message, StringComparison.Ordinal);
        Assert.Contains("25 blocks", Assert.Throws<SettingsException>(() => Plan(new() { BlockRanks = [1, 2] })).Message, StringComparison.Ordinal);
        Assert.Contains("'('", Assert.Throws<SettingsException>(() => Plan(new() { Exclude = ["("] })).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<LayerPlan> Plan(NetworkOptions network, OptimizerOptions? optimizer = null) =>
        LayerPlanner.Plan(ModelLayers.Sd15, TinyNetwork.Options(network, optimizer));
}
