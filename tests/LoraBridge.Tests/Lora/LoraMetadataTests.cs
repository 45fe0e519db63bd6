using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora;

namespace LoraBridge.Tests.Lora;

public sealed class LoraMetadataTests
{
    [Fact]
    public void ToDictionary_Always_IsTextInPythonsSpelling()
    {
        var metadata = new LoraMetadata { Title = "kätzchen", Rank = 16, Alpha = 8, NetworkArguments = new Dictionary<string, string> { ["conv_dim"] = "4", ["algo"] = "lohä\"" }, ClipSkip = 2, Height = 768 }
            .ToDictionary(new Clock());

        Assert.Equal(new Dictionary<string, string>
        {
            ["ss_output_name"] = "kätzchen",
            ["ss_v2"] = "False",
            ["ss_base_model_version"] = "sd_v1",
            ["ss_network_module"] = "networks.lora",
            ["ss_network_dim"] = "16",
            ["ss_network_alpha"] = "8.0",
            ["ss_network_args"] = """{"conv_dim": "4", "algo": "loh\u00e4\""}""",
            ["modelspec.sai_model_spec"] = "1.0.1",
            ["modelspec.architecture"] = "stable-diffusion-v1/lora",
            ["modelspec.implementation"] = "diffusers",
            ["modelspec.title"] = "kätzchen",
            ["modelspec.resolution"] = "512x768",
            ["modelspec.date"] = "2024-02-03T04:05:06",
            ["modelspec.prediction_type"] = "epsilon",
            ["modelspec.encoder_layer"] = "2",
        }, metadata);
    }

    [Theory]
    [InlineData(ModelFamily.StableDiffusion1, true, "sd_v1_v", "stable-diffusion-v1/lora", "False")]
    [InlineData(ModelFamily.StableDiffusion2, false, "sd_v2", "stable-diffusion-v2-512/lora", "True")]
    [InlineData(ModelFamily.StableDiffusion2, true, "sd_v2_v", "stable-diffusion-v2-768-v/lora", "True")]
    [InlineData(ModelFamily.StableDiffusionXL, false, "sdxl_base_v1-0", "stable-diffusion-xl-v1-base/lora", "False")]
    public void ToDictionary_Family_IsNamedAsReadersExpect(ModelFamily family, bool velocity, string version, string architecture, string v2)
    {
        var metadata = new LoraMetadata { Title = "x", Family = family, IsVPrediction = velocity }.ToDictionary(new Clock());

        Assert.Equal((version, architecture, v2), (metadata["ss_base_model_version"], metadata["modelspec.architecture"], metadata["ss_v2"]));
        Assert.Equal("Dynamic", metadata["ss_network_dim"]);
    }

    [Theory]
    [InlineData(1, "1.0")]
    [InlineData(0.5, "0.5")]
    [InlineData(1e-5, "1e-05")]
    [InlineData(0.0003, "0.0003")]
    public void ToDictionary_Alpha_IsWrittenAsPythonPrintsIt(double alpha, string expected) =>
        Assert.Equal(expected, new LoraMetadata { Title = "x", Alpha = alpha }.ToDictionary(new Clock())["ss_network_alpha"]);

    private sealed class Clock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2024, 2, 3, 4, 5, 6, TimeSpan.Zero);
    }
}
