using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Settings;

public sealed class KohyaMetadataTests
{
    private static Dictionary<string, string> Of(TrainingOptions options) => KohyaMetadata.Settings(options).ToDictionary();

    [Fact]
    public void Values_ArePrintedAsPythonDoes()
    {
        var values = Of(new()
        {
            Network = new() { Rank = 32, Alpha = 16 },
            Optimizer = new() { LearningRate = 1e-4, TextEncoderLearningRate = 1e-5, Kind = OptimizerKind.AdamW8bit, WeightDecay = 0.1 },
            Model = new() { Family = BaseModelFamily.Sd1, ClipSkip = 2 },
            Saving = new() { Name = "my_lora" },
            Loop = new() { Seed = 42 },
            Precision = new() { Mixed = MixedPrecision.Fp16 },
            Schedule = new() { Scheduler = SchedulerKind.CosineWithRestarts },
        });

        Assert.Equal(("0.0001", "1e-05", "None"), (values["ss_learning_rate"], values["ss_text_encoder_lr"], values["ss_unet_lr"]));
        Assert.Equal(("32", "16.0", "None", "networks.lora"), (values["ss_network_dim"], values["ss_network_alpha"], values["ss_network_dropout"], values["ss_network_module"]));
        Assert.Equal("bitsandbytes.optim.adamw.AdamW8bit(weight_decay=0.1)", values["ss_optimizer"]);
        Assert.Equal(("True", "False", "sd_v1"), (values["ss_gradient_checkpointing"], values["ss_v2"], values["ss_base_model_version"]));
        Assert.Equal(("fp16", "cosine_with_restarts", "100", "42", "2"), (values["ss_mixed_precision"], values["ss_lr_scheduler"], values["ss_lr_warmup_steps"], values["ss_seed"], values["ss_clip_skip"]));
        Assert.Equal(("(512, 512)", "4", "None", "l2", "0.1", "1.0"), (values["ss_resolution"], values["ss_batch_size_per_device"], values["ss_noise_offset"], values["ss_loss_type"], values["ss_huber_c"], values["ss_max_grad_norm"]));
        Assert.False(values.ContainsKey("ss_network_args"));
    }

    [Fact]
    public void Arguments_AreJsonOfTexts()
    {
        var values = Of(new() { Network = new() { Algorithm = NetworkAlgorithm.LoHa, ConvRank = 4, ConvAlpha = 1, Alpha = 8 } });

        Assert.Equal("lycoris.kohya", values["ss_network_module"]);
        Assert.Equal("""{"algo": "loha", "conv_dim": "4", "conv_alpha": "1.0"}""", values["ss_network_args"]);
    }

    [Fact]
    public void LoCon_IsLoraWithConvolutions()
    {
        var values = Of(new() { Network = new() { Algorithm = NetworkAlgorithm.LoCon } });

        Assert.Equal(("networks.lora", """{"conv_dim": "8", "conv_alpha": "8.0"}"""), (values["ss_network_module"], values["ss_network_args"]));
    }

    [Theory]
    [InlineData("AdamW", "torch.optim.adamw.AdamW")]
    [InlineData("Prodigy", "prodigyopt.prodigy.Prodigy(weight_decay=0.01,betas=(0.9, 0.99),d_coef=2.0,use_bias_correction=True,safeguard_warmup=True)", "weight_decay=0.01", "betas=0.9,0.99", "d_coef=2", "use_bias_correction=True", "safeguard_warmup=True")]
    [InlineData("Adafactor", "transformers.optimization.Adafactor(relative_step=False,scale_parameter=False)", "relative_step=False", "scale_parameter=False")]
    [InlineData("SGDNesterov", "torch.optim.sgd.SGD(momentum=0.9,nesterov=True)")]
    public void Optimizer_IsItsFullClassWithWhatWasGiven(string kind, string expected, params string[] arguments)
    {
        var report = Given.Arguments(["--optimizer_type", kind, .. arguments.Length > 0 ? ["--optimizer_args", .. arguments] : Array.Empty<string>()]);

        Assert.Equal(expected, Of(report.Options)["ss_optimizer"]);
    }

    [Fact]
    public void Minimal_HasWhatPlacesTheFile() =>
        Assert.Equal(["ss_network_module", "ss_network_dim", "ss_network_alpha", "ss_v2", "ss_base_model_version"],
            Of(new() { Metadata = new() { Level = MetadataLevel.Minimal }, Model = new() { Family = BaseModelFamily.Sdxl } }).Keys);

    [Fact]
    public void Private_HasNoNameAndNoRemark()
    {
        var values = Of(new() { Metadata = new() { Level = MetadataLevel.Private, Comment = "my cat" } });

        Assert.False(values.ContainsKey("ss_output_name") || values.ContainsKey("ss_training_comment"));
        Assert.True(values.ContainsKey("ss_learning_rate"));
    }

    [Fact]
    public void Folder_IsDescribedOnlyWhereThereIsOne()
    {
        var values = Of(new() { Data = [new() { Folder = "a" }, new() { Folder = "b" }] });

        Assert.False(values.ContainsKey("ss_resolution"));
    }
}
