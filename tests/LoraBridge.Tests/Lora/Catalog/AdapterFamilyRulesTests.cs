using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Catalog;

namespace LoraBridge.Tests.Lora.Catalog;

public sealed class AdapterFamilyRulesTests
{
    private const string K = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k";

    private static (ModelFamily, FamilyEvidence) FamilyOf(string metadata, params (string Name, long[] Shape)[] tensors) => AdapterFamilyRules.FamilyOf(
        metadata.Split(';', StringSplitOptions.RemoveEmptyEntries).ToDictionary(pair => pair.Split('=')[0], pair => pair.Split('=')[1]),
        LoraKeys.Of(AdapterFolder.Tensors(tensors)));

    [Theory]
    [InlineData("ss_base_model_version=sdxl_base_v1-0;ss_v2=False", ModelFamily.StableDiffusionXL)]
    [InlineData("ss_base_model_version=sdxl_;ss_v2=True", ModelFamily.StableDiffusionXL)]
    [InlineData("ss_base_model_version=sd_v1", ModelFamily.StableDiffusion1)]
    [InlineData("ss_base_model_version=sd_v2_v;ss_v2=True", ModelFamily.StableDiffusion2)]
    [InlineData("ss_v2=True", ModelFamily.StableDiffusion2)]
    [InlineData("ss_v2=True;ss_base_model_version=None", ModelFamily.StableDiffusion2)]
    [InlineData("modelspec.architecture=stable-diffusion-v1/lora", ModelFamily.StableDiffusion1)]
    [InlineData("modelspec.architecture=stable-diffusion-v2-768-v/lora", ModelFamily.StableDiffusion2)]
    [InlineData("modelspec.architecture=stable-diffusion-xl-v1-base/lora", ModelFamily.StableDiffusionXL)]
    public void FamilyOf_Metadata_GoesFirst(string metadata, ModelFamily expected) =>
        Assert.Equal((expected, FamilyEvidence.Metadata), FamilyOf(metadata, (K + ".lora_down.weight", [4, 12345])));

    [Theory]
    [InlineData(768, ModelFamily.StableDiffusion1)]
    [InlineData(1024, ModelFamily.StableDiffusion2)]
    [InlineData(2048, ModelFamily.StableDiffusionXL)]
    public void FamilyOf_TheTextsWidth_Tells(long width, ModelFamily expected)
    {
        Assert.Equal((expected, FamilyEvidence.Shapes), FamilyOf("", (K + ".lora_down.weight", [4, width])));
        Assert.Equal((expected, FamilyEvidence.Shapes), FamilyOf("format=pt", (K + ".diff", [640, width])));
    }

    [Theory]
    [InlineData("lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight", 768, ModelFamily.StableDiffusion1, FamilyEvidence.Shapes)]
    [InlineData("lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight", 1024, ModelFamily.StableDiffusion2, FamilyEvidence.Shapes)]
    [InlineData("lora_te1_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight", 768, ModelFamily.Unknown, FamilyEvidence.None)]
    [InlineData("lora_te2_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight", 1280, ModelFamily.StableDiffusionXL, FamilyEvidence.Keys)]
    [InlineData("text_encoder_2.text_model.encoder.layers.0.self_attn.q_proj.lora_A.weight", 1280, ModelFamily.StableDiffusionXL, FamilyEvidence.Keys)]
    public void FamilyOf_TextLayersAlone_TellByPrefixOrWidth(string key, long width, ModelFamily family, FamilyEvidence evidence) =>
        Assert.Equal((family, evidence), FamilyOf("", (key, [4, width])));

    [Theory]
    [InlineData("lora_unet_input_blocks_4_1_transformer_blocks_1_attn1_to_k.lora_down.weight")]
    [InlineData("unet.down_blocks.1.attentions.0.transformer_blocks.1.attn1.to_k.lora_A.weight")]
    public void FamilyOf_ASecondBlockInATransformer_IsStableDiffusionXLs(string key) =>
        Assert.Equal((ModelFamily.StableDiffusionXL, FamilyEvidence.Keys), FamilyOf("", (key, [4, 640])));

    [Theory]
    [InlineData("lora_unet_double_blocks_0_img_attn_proj.lora_down.weight")]
    [InlineData("lora_unet_joint_blocks_0_x_block_attn_proj.lora_down.weight")]
    [InlineData("lora_transformer_x.lora_down.weight")]
    [InlineData("lora_te3_encoder_block_0.lora_down.weight")]
    [InlineData("transformer.transformer_blocks.1.attn.to_k.lora_A.weight")]
    public void FamilyOf_LayersOfOtherModels_AreUnknown_WhateverElseThereIs(string key) =>
        Assert.Equal((ModelFamily.Unknown, FamilyEvidence.Keys), FamilyOf("format=pt", (key, [4, 640])));

    [Fact]
    public void FamilyOf_AnyMetadataWithoutOtherSigns_IsAssumedToBeTheFirst() =>
        Assert.Equal((ModelFamily.StableDiffusion1, FamilyEvidence.Assumed), FamilyOf("ss_v2=False", ("lora_unet_x.lora_down.weight", [4, 8])));

    [Fact]
    public void FamilyOf_AVersionOfAnotherModel_IsNotAssumedToBeTheFirst() =>
        Assert.Equal((ModelFamily.Unknown, FamilyEvidence.Metadata), FamilyOf("ss_base_model_version=flux1", ("lora_unet_x.lora_down.weight", [4, 8])));

    [Fact]
    public void FamilyOf_Nothing_IsUnknown() =>
        Assert.Equal((ModelFamily.Unknown, FamilyEvidence.None), FamilyOf("", ("lora_unet_x.lora_down.weight", [4, 8])));
}
