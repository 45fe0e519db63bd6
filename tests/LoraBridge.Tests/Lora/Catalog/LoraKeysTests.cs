using LoraBridge.Lora.Catalog;

namespace LoraBridge.Tests.Lora.Catalog;

public sealed class LoraKeysTests
{
    private const string K = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k";

    private static LoraKeys Of(params (string, long[])[] tensors) => LoraKeys.Of(AdapterFolder.Tensors(tensors));

    [Fact]
    public void Of_KohyaLayout_CountsModulesAndRanks()
    {
        var keys = Of(
            (K + ".lora_down.weight", [8, 768]), (K + ".lora_up.weight", [320, 8]), (K + ".alpha", []),
            ("lora_unet_x.lora_down.weight", [16, 4, 3, 3]), ("lora_unet_x.lora_up.weight", [4, 16, 1, 1]),
            ("lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", [4, 768]), ("lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", [3072, 4]));
        Assert.Equal((2, 1, 4, 16, LoraAlgorithms.Lora), (keys.UNetModules, keys.TextModules, keys.MinRank, keys.MaxRank, keys.Algorithms));
        Assert.Equal(768, keys.ContextWidth);
    }

    [Theory]
    [InlineData("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight", "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora_B.weight")]
    [InlineData("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.default.weight", "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora_B.default.weight")]
    [InlineData("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora.down.weight", "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora.up.weight")]
    [InlineData("down_blocks.0.attentions.0.transformer_blocks.0.attn2.processor.to_k_lora.down.weight", "down_blocks.0.attentions.0.transformer_blocks.0.attn2.processor.to_k_lora.up.weight")]
    [InlineData("base_model.model.x.attn2.to_v.lora_A.weight", "base_model.model.x.attn2.to_v.lora_B.weight")]
    public void Of_DottedLayouts_AreOneModuleOfTheirRank(string down, string up)
    {
        var keys = Of((down, [4, 1024]), (up, [320, 4]));
        Assert.Equal((1, 0, 4, 4, LoraAlgorithms.Lora), (keys.UNetModules, keys.TextModules, keys.MinRank, keys.MaxRank, keys.Algorithms));
        Assert.Equal(1024, keys.ContextWidth);
    }

    [Theory]
    [InlineData("text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_linear_layer.down.weight")]
    [InlineData("lora_te2_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight")]
    [InlineData("base_model.model.text_model.encoder.layers.0.self_attn.q_proj.lora_A.weight")]
    public void Of_TextLayers_CountAsText(string down)
    {
        var keys = Of((down, [4, 1280]));
        Assert.Equal((0, 1), (keys.UNetModules, keys.TextModules));
        Assert.Equal(1280, keys.TextWidth);
    }

    [Fact]
    public void Of_OldNumberedLayout_HasRanks()
    {
        var keys = Of(("unet:0:up", [320, 4]), ("unet:0:down", [4, 320]), ("unet:1:down", [4, 320]));
        Assert.Equal((2, 4), (keys.UNetModules, keys.MinRank));
    }

    [Fact]
    public void Of_LoHa_TakesTheRankOfTheSecondFactor()
    {
        var keys = Of((K + ".hada_w1_a", [320, 8]), (K + ".hada_w1_b", [8, 768]), (K + ".hada_w2_a", [320, 8]), (K + ".hada_w2_b", [8, 768]), (K + ".alpha", []));
        Assert.Equal((1, 8, 8, 768L, LoraAlgorithms.LoHa), (keys.UNetModules, keys.MinRank, keys.MaxRank, keys.ContextWidth!.Value, keys.Algorithms));
    }

    [Fact]
    public void Of_LoKr_TakesTheSecondSidesRank_ThenTheFirsts_AndNoneWhereBothAreWhole()
    {
        var keys = Of(
            (K + ".lokr_w1", [16, 24]), (K + ".lokr_w2_a", [20, 4]), (K + ".lokr_w2_b", [4, 32]),
            ("lora_unet_a.lokr_w1_a", [16, 6]), ("lora_unet_a.lokr_w1_b", [6, 16]), ("lora_unet_a.lokr_w2", [20, 20]),
            ("lora_unet_b.lokr_w1", [16, 16]), ("lora_unet_b.lokr_w2", [20, 20]),
            ("lora_unet_c.lokr_w1_a", [16, 9]), ("lora_unet_c.lokr_w1_b", [9, 16]), ("lora_unet_c.lokr_w2_b", [5, 20]), ("lora_unet_c.lokr_w2_a", [20, 5]));
        Assert.Equal((4, 4, 6, LoraAlgorithms.LoKr), (keys.UNetModules, keys.MinRank, keys.MaxRank, keys.Algorithms));
        Assert.Equal(24 * 32, keys.ContextWidth);
    }

    [Theory]
    [InlineData("lora_unet_x.lora_mid.weight", new long[] { 4, 4, 3, 3 }, LoraAlgorithms.Lora | LoraAlgorithms.Tucker)]
    [InlineData("lora_unet_x.hada_t1", new long[] { 4, 4, 3, 3 }, LoraAlgorithms.LoHa | LoraAlgorithms.Tucker)]
    [InlineData("lora_unet_x.lokr_t2", new long[] { 4, 4, 3, 3 }, LoraAlgorithms.LoKr | LoraAlgorithms.Tucker)]
    [InlineData("lora_unet_x.on_input", new long[0], LoraAlgorithms.Ia3)]
    [InlineData("lora_unet_x.diff", new long[] { 4, 4 }, LoraAlgorithms.Full)]
    [InlineData("lora_unet_x.diff_b", new long[] { 4 }, LoraAlgorithms.Full)]
    [InlineData("lora_unet_x.set_weight", new long[] { 4, 4 }, LoraAlgorithms.Full)]
    [InlineData("lora_unet_x.w_norm", new long[] { 4 }, LoraAlgorithms.Norm)]
    [InlineData("lora_unet_x.a1.weight", new long[] { 320, 4 }, LoraAlgorithms.GLora)]
    [InlineData("lora_unet_x.oft_blocks", new long[] { 4, 8, 8 }, LoraAlgorithms.Oft)]
    [InlineData("lora_unet_x.oft_diag", new long[] { 4, 8, 8 }, LoraAlgorithms.Oft)]
    [InlineData("lora_unet_x.oft_blocks", new long[] { 2, 4, 8, 8 }, LoraAlgorithms.Boft)]
    [InlineData("lora_unet_x.dora_scale", new long[] { 320, 1 }, LoraAlgorithms.DoRA)]
    [InlineData("unet.x.lora_magnitude_vector.default.weight", new long[] { 320 }, LoraAlgorithms.DoRA)]
    public void Of_EachKind_IsKnownByItsTensor(string key, long[] shape, LoraAlgorithms expected)
    {
        var keys = Of((key, shape));
        Assert.Equal((expected, 1), (keys.Algorithms, keys.UNetModules));
    }

    [Fact]
    public void Of_TheRankOfAGeneralisedProduct_IsTheShorterSide_InOldAndNewFiles()
    {
        var keys = Of(("lora_unet_x.a1.weight", [320, 4]), ("lora_unet_x.a2.weight", [4, 320]));
        Assert.Equal((4, 4), (keys.MinRank, keys.MaxRank));
    }

    [Theory]
    [InlineData("bundle_emb.word.string_to_param.*")]
    [InlineData("model.diffusion_model.input_blocks.0.0.weight")]
    [InlineData("lora_unet_x.alpha")]
    [InlineData("nodots")]
    [InlineData("")]
    public void Of_OtherTensors_AreNoModules(string key)
    {
        var keys = Of((key, [4, 4]));
        Assert.Equal((LoraAlgorithms.None, 0, 0), (keys.Algorithms, keys.UNetModules, keys.TextModules));
    }
}
