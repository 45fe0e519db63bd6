using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Settings;

/// <summary>kohya's TOML and command line.</summary>
public sealed class KohyaSettingsTests
{
    private const string Config = """
        pretrained_model_name_or_path = "base.safetensors"
        train_data_dir = "img"
        reg_data_dir = "reg"
        network_module = "networks.lora"
        network_dim = 32
        network_alpha = 16

        [training_arguments]
        resolution = "512,768"
        unet_lr = 1e-4
        text_encoder_lr = [5e-5]
        max_train_epochs = 10
        train_batch_size = 2
        optimizer_type = "bitsandbytes.optim.AdamW8bit"
        optimizer_args = ["weight_decay=0.1", "betas=0.9,0.95", "eps=1e-7"]
        lr_scheduler = "cosine_with_restarts"
        lr_scheduler_num_cycles = 3
        lr_warmup_steps = 0.05
        mixed_precision = "bf16"
        save_precision = "fp16"
        save_every_n_epochs = 1
        max_token_length = 225
        clip_skip = 2
        min_snr_gamma = 5.0
        noise_offset = 0.0
        prior_loss_weight = 0.5
        shuffle_caption = true
        keep_tokens = 1
        caption_extension = ".txt"
        cache_latents = true
        xformers = true
        vae = ""
        seed = 1_337
        """;

    [Fact]
    public void Toml_IsRead()
    {
        var report = Given.Toml(Config);

        var o = report.Options;
        Assert.Equal(("base.safetensors", 2, (string?)null), (o.Model.Path, o.Model.ClipSkip, o.Model.Vae));
        Assert.Equal((32, 16.0, NetworkAlgorithm.LoRA), (o.Network.Rank, o.Network.Alpha, o.Network.Algorithm));
        Assert.Equal((512, 768), (o.Buckets.Width, o.Buckets.Height));
        Assert.Equal((1e-4, 5e-5), (o.Optimizer.UNetLearningRate, o.Optimizer.TextEncoderLearningRate));
        Assert.Equal((OptimizerKind.AdamW8bit, 0.1, 0.9, 0.95, 1e-7), (o.Optimizer.Kind, o.Optimizer.WeightDecay, o.Optimizer.Beta1, o.Optimizer.Beta2, o.Optimizer.Epsilon));
        Assert.Equal((SchedulerKind.CosineWithRestarts, 3.0, StepAmount.Share(0.05)), (o.Schedule.Scheduler, o.Schedule.Cycles, o.Schedule.Warmup));
        Assert.Equal((MixedPrecision.Bf16, WeightPrecision.Fp16), (o.Precision.Mixed, o.Saving.Precision));
        Assert.Equal((5.0, (double?)null, 0.5), (o.Loss.MinSnrGamma, o.Noise.Offset, o.Loss.PriorWeight));
        Assert.Equal((true, 1, 225), (o.Captions.Shuffle, o.Captions.KeepTokens, o.Captions.TokenLength));
        Assert.Equal(1337, o.Loop.Seed);
        Assert.Equal(["img", "reg"], o.Data.Select(data => data.Folder));
        Assert.Equal([false, true], o.Data.Select(data => data.IsRegularisation));
        Assert.All(o.Data, data => Assert.Equal(".txt", data.CaptionExtension));
        Assert.Equal("run.toml:8 (resolution)", report.OriginOf("buckets.width").ToString().Replace("run.toml:9", "run.toml:8", StringComparison.Ordinal));
        Assert.Contains(report.Problems, problem => problem.Severity == Severity.Note && problem.Message.StartsWith("xformers: attention", StringComparison.Ordinal));
    }

    [Fact]
    public void NetworkModule_BringsTheOriginsDefaults()
    {
        var report = Given.Toml("network_module = \"networks.lora\"");

        var o = report.Options;
        Assert.Equal((4, 0.25), (o.Network.Rank, o.Network.Scale));
        Assert.Equal((1600, null, 1), (o.Loop.Steps, o.Loop.Epochs, o.Loop.BatchSize));
        Assert.Equal((2e-6, SchedulerKind.Constant, MixedPrecision.No), (o.Optimizer.LearningRate, o.Schedule.Scheduler, o.Precision.Mixed));
        Assert.Equal((false, WeightPrecision.Fp32, "last"), (o.Buckets.Enabled, o.Saving.Precision, o.Saving.EffectiveName));
        Assert.Equal("kohya's default", report.OriginOf("network.alpha").ToString());
        Assert.DoesNotContain(report.Problems, problem => problem.Severity != Severity.Note);
    }

    [Fact]
    public void CommandLine_InTheOriginsForm_IsRead()
    {
        var o = Given.Arguments("--network_dim", "32", "--xformers", "--network_args", "conv_dim=4", "algo=loha", "dropout=0.1",
            "--cache_latents", "--output_name=my lora", "--max_train_steps", "1e3", "--text_encoder_lr", "0", "--network_train_unet_only").Options;

        Assert.Equal((32, NetworkAlgorithm.LoHa, 4, 0.1), (o.Network.Rank, o.Network.Algorithm, o.Network.ConvRank, o.Network.Dropout));
        Assert.Equal((true, "my lora", 1000, false), (o.Cache.Latents, o.Saving.Name, o.Loop.Steps, LearningRates.Of(o).TrainsTextEncoder));
    }

    [Fact]
    public void CommandLine_GoesBeforeTheFile()
    {
        var report = Given.Toml(Config, "network.rank=64", "--seed", "1");

        Assert.Equal((64, 1), (report.Options.Network.Rank, report.Options.Loop.Seed));
        Assert.Equal("command line (network.rank)", report.OriginOf("network.rank").ToString());
        Assert.Equal("command line (seed)", report.OriginOf("loop.seed").ToString());
    }

    [Fact]
    public void LoraWithConvDim_IsLoCon()
    {
        var o = Given.Toml("network_module = \"networks.lora\"\nnetwork_args = [\"conv_dim=8\", \"conv_alpha=4\"]").Options;

        Assert.Equal((NetworkAlgorithm.LoCon, 8, 4.0), (o.Network.Algorithm, o.Network.EffectiveConvRank, o.Network.EffectiveConvAlpha));
    }

    [Theory]
    [InlineData("algo=lora", NetworkAlgorithm.LoCon, false)]
    [InlineData("algo=loha", NetworkAlgorithm.LoHa, false)]
    [InlineData("algo=lokr", NetworkAlgorithm.LoKr, false)]
    [InlineData("algo=dora", NetworkAlgorithm.LoCon, true)]
    public void Lycoris_NamesItsAlgorithm(string argument, NetworkAlgorithm expected, bool isDora)
    {
        var o = Given.Toml($"network_module = \"lycoris.kohya\"\nnetwork_args = [\"{argument}\", \"preset=attn-mlp\"]").Options;

        Assert.Equal((expected, isDora, NetworkTargets.AttentionAndMlp), (o.Network.Algorithm, o.Network.WeightDecompose, o.Network.Targets));
    }

    [Fact]
    public void NetworkArgument_Unknown_IsRefusedWithTheNearest() =>
        Assert.Contains("run.toml:1: error: network_args: 'conv_dmi' is no argument that is known here; did you mean conv_dim?", Given.Error(Given.Toml("network_args = [\"conv_dmi=8\"]")));

    [Fact]
    public void BlockRates_AreNumbersOrCurves()
    {
        var o = Given.Toml("network_args = [\"down_lr_weight=1,1,1,1,1,1,1,1,1,1,1,0\", \"mid_lr_weight=0.5\", \"up_lr_weight=reverse_linear+.25\"]").Options.Optimizer;

        Assert.Equal(12, o.DownBlockRates.Count);
        Assert.Equal(0.5, o.MiddleBlockRate);
        Assert.Equal((1.25, 0.25), (o.UpBlockRates[0], o.UpBlockRates[11]));
    }

    [Theory]
    [InlineData("deepspeed = true")]
    [InlineData("num_processes = 2")]
    [InlineData("save_model_as = \"ckpt\"")]
    [InlineData("dataset_class = \"my.Class\"")]
    [InlineData("text_encoder_lr = [1e-5, 2e-5]")]
    [InlineData("network_module = \"networks.mine\"")]
    public void Key_WithoutWhichTheResultDiffers_IsRefused(string line) => Given.Error(Given.Toml(line));

    [Theory]
    [InlineData("deepspeed = false")]
    [InlineData("num_processes = 1")]
    [InlineData("save_model_as = \"safetensors\"")]
    [InlineData("torch_compile = true")]
    [InlineData("optimizer_type = \"\"")]
    [InlineData("lr_scheduler_type = \"\"")]
    [InlineData("max_data_loader_n_workers = 0")]
    [InlineData("scale_weight_norms = 0")]
    [InlineData("multires_noise_iterations = 0")]
    [InlineData("save_every_n_epochs = 0")]
    public void Key_ThatChangesNothing_IsAccepted(string line) =>
        Assert.Equal(SettingsJson.Write(new TrainingOptions()), SettingsJson.Write(Given.Toml(line).Options));

    [Fact]
    public void HalfWeights_OfBothKinds_NameBothKeys() =>
        Assert.Contains("full_fp16 = fp16 at run.toml:1, and full_bf16 = bf16 here", Given.Error(Given.Toml("full_fp16 = true\nfull_bf16 = true\nmixed_precision = \"fp16\"")));

    [Fact]
    public void VAndV2_AreChoices()
    {
        var o = Given.Toml("v2 = true\nv_parameterization = true\nzero_terminal_snr = true").Options.Model;

        Assert.Equal((BaseModelFamily.Sd2, TrainingTarget.V, true), (o.Family, o.Prediction, o.ZeroTerminalSnr));
    }

    [Fact]
    public void RandomStrengths_AreSwitches()
    {
        var o = Given.Toml("noise_offset = 0.1\nnoise_offset_random_strength = true\nip_noise_gamma = 0.1\nip_noise_gamma_random_strength = true").Options.Noise;

        Assert.True(o.OffsetRandomStrength && o.InputPerturbationRandomStrength);
    }

    [Fact]
    public void LoggerElsewhere_IsToldAndTensorBoardStays()
    {
        var report = Given.Toml("log_with = \"wandb\"");

        Assert.True(report.Options.Logging.TensorBoard);
        Assert.Contains("Weights & Biases", Assert.Single(Given.Texts(report, Severity.Warning)));
    }
}
