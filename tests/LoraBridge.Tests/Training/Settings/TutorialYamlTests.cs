using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Settings;

/// <summary>The tutorials' YAML: every key, flat and grouped, and every trap.</summary>
public sealed class TutorialYamlTests
{
    private const string Flat = """
        train_data_dir: ./data/style_train
        metadata_path: ./data/style_train/metadata.csv
        base_model: ./models/Stable-diffusion/v1-5-pruned.safetensors
        lora_rank: 8
        lora_alpha: 16
        batch_size: 4
        gradient_accumulation_steps: 2
        epochs: 10
        learning_rate: 2e-4
        optimizer: AdamW
        lr_scheduler: cosine
        warmup_steps: 100
        output_dir: ./output/my_style_lora
        save_steps: 100
        logging_dir: ./logs
        log_interval: 10
        use_fp16: true
        gradient_checkpointing: true
        resolution: 512
        max_seq_length: 256
        """;

    [Fact]
    public void FlatKeys_AreRead()
    {
        var report = Given.Yaml(Flat);

        var options = report.Options;
        Assert.Equal("./data/style_train", Assert.Single(options.Data).Folder);
        Assert.Equal("./data/style_train/metadata.csv", options.Data[0].MetadataFile);
        Assert.Equal("./models/Stable-diffusion/v1-5-pruned.safetensors", options.Model.Path);
        Assert.Equal((8, 16.0, 2.0), (options.Network.Rank, options.Network.Alpha, options.Network.Scale));
        Assert.Equal((4, 2, 10), (options.Loop.BatchSize, options.Loop.GradientAccumulation, options.Loop.Epochs));
        Assert.Equal(2e-4, options.Optimizer.LearningRate);
        Assert.Equal(OptimizerKind.AdamW, options.Optimizer.Kind);
        Assert.Equal((SchedulerKind.Cosine, StepAmount.Steps(100)), (options.Schedule.Scheduler, options.Schedule.Warmup));
        Assert.Equal(("./output/my_style_lora", "my_style_lora", 100), (options.Saving.Folder, options.Saving.EffectiveName, options.Saving.EverySteps));
        Assert.Equal(("./logs", 10), (options.Logging.Folder, options.Logging.Interval));
        Assert.Equal((MixedPrecision.Fp16, true), (options.Precision.Mixed, options.Precision.GradientCheckpointing));
        Assert.Equal((512, 512), (options.Buckets.Width, options.Buckets.Height));
        Assert.Equal(256, options.Text.MaximumSequenceLength);
        Assert.Equal("lora.yaml:4 (lora_rank)", report.OriginOf("network.rank").ToString());
        Assert.Equal("lora.yaml:1 (train_data_dir)", report.OriginOf("data[0].folder").ToString());
    }

    [Fact]
    public void GroupedKeys_MeanTheSame()
    {
        var grouped = Given.Yaml("""
            model_config:
              base_model: m.safetensors
              lora_rank: 12
              lora_alpha: 12
            train_config:
              batch_size: 2
              learning_rate: 1e-4
            """).Options;
        var flat = Given.Yaml("base_model: m.safetensors\nlora_rank: 12\nlora_alpha: 12\nbatch_size: 2\nlearning_rate: 0.0001").Options;

        Assert.Equal(SettingsJson.Write(flat), SettingsJson.Write(grouped));
    }

    [Fact]
    public void OwnGroups_MeanTheSame()
    {
        var own = Given.Yaml("network:\n  rank: 12\n  alpha: 12\noptimizer:\n  learningRate: 1e-4\n  kind: lion").Options;
        var flat = Given.Yaml("lora_rank: 12\nlora_alpha: 12\nlr: 1e-4\noptimizer: Lion").Options;

        Assert.Equal(SettingsJson.Write(flat), SettingsJson.Write(own));
    }

    [Theory]
    [InlineData("2e-4")]
    [InlineData("2.0e-4")]
    [InlineData("0.0002")]
    [InlineData("2E-04")]
    [InlineData("\"2e-4\"")]
    [InlineData("'0.0002'")]
    public void LearningRate_InAnySpelling_IsANumber(string text) =>
        Assert.Equal(2e-4, Given.Yaml($"learning_rate: {text}").Options.Optimizer.LearningRate);

    [Fact]
    public void Number_WithACommaForADot_NamesTheCure() =>
        Assert.Contains("lora.yaml:1: error: learning_rate is '0,0002', and must be a number: decimals have a dot", Given.Error(Given.Yaml("learning_rate: \"0,0002\"")));

    [Theory]
    [InlineData("no", MixedPrecision.No)]
    [InlineData("off", MixedPrecision.No)]
    [InlineData("false", MixedPrecision.No)]
    [InlineData("\"no\"", MixedPrecision.No)]
    [InlineData("bf16", MixedPrecision.Bf16)]
    public void Choice_ThatOtherReadersTakeForATruthValue_StaysAName(string text, MixedPrecision expected) =>
        Assert.Equal(expected, Given.Yaml($"mixed_precision: {text}").Options.Precision.Mixed);

    [Fact]
    public void Country_CalledNo_StaysText() =>
        Assert.Equal("no", Given.Yaml("captions:\n  triggerWord: no").Options.Captions.TriggerWord);

    [Fact]
    public void Key_TwiceWithDifferentValues_NamesBothPlaces()
    {
        var error = Given.Error(Given.Yaml("lora_rank: 8\nmodel_config:\n  lora_rank: 16"));

        Assert.Contains("lora.yaml:3: error: network.rank is given twice: lora_rank = 8 at lora.yaml:1, and lora_rank = 16 here", error);
    }

    [Fact]
    public void Synonyms_WithDifferentValues_AreAnError() =>
        Assert.Contains("schedule.scheduler is given twice: scheduler = linear at lora.yaml:1, and lr_scheduler = cosine here", Given.Error(Given.Yaml("scheduler: linear\nlr_scheduler: cosine")));

    [Fact]
    public void Key_TwiceWithOneValue_IsFine() =>
        Assert.Equal(8, Given.Yaml("lora_rank: 8\nnetwork_dim: 8\nlora_alpha: 8").Options.Network.Rank);

    [Fact]
    public void Key_DoubledInOneMap_IsSeen() =>
        Assert.Contains("given twice", Given.Error(Given.Yaml("epochs: 1\nepochs: 2")));

    [Fact]
    public void UnknownKey_NamesTheNearest()
    {
        var report = Given.Yaml("lora_rnak: 8\nlearningrate: 1e-4\nbatchsize: 2\nfoo_bar_baz_quux: 1");

        Assert.Equal(["lora.yaml:1: error: 'lora_rnak' is no setting; did you mean lora_rank?", "lora.yaml:4: error: 'foo_bar_baz_quux' is no setting"], Given.Texts(report, Severity.Error));
        Assert.Equal(2, report.Draft.Loop.BatchSize);
    }

    [Fact]
    public void Problems_AreAllToldAtOnce()
    {
        var report = Given.Yaml("lora_rank: -1\nepochs: ten\noptimizer: AdamX\nresolution: [512, 512, 3]\nfast: true\nbatch_size: 1.5");

        var error = Assert.Throws<SettingsException>(() => report.Options);
        Assert.Equal(6, report.Problems.Count(problem => problem.Severity == Severity.Error));
        Assert.Contains("lora_rank is -1, and must be from 1 to 4096", error.Message);
        Assert.Contains("epochs is 'ten', and must be a number", error.Message);
        Assert.Contains("optimizer is 'AdamX' (did you mean AdamW?)", error.Message);
        Assert.Contains("lora.yaml:6: error: batch_size is '1.5', and must be a whole number", error.Message);
    }

    [Theory]
    [InlineData("100", 100, 100)]
    [InlineData("0.1", 1000, 100)]
    [InlineData("10%", 1000, 100)]
    [InlineData("10 %", 130, 13)]
    [InlineData("\"0\"", 1000, 0)]
    public void Warmup_IsACountOrAShare(string text, int total, int steps) =>
        Assert.Equal(steps, Given.Yaml($"warmup_steps: {text}").Options.Schedule.Warmup.Of(total));

    [Fact]
    public void Alpha_NotGiven_IsTwiceTheRankAndSaysSo()
    {
        var report = Given.Yaml("lora_rank: 8");

        Assert.Equal(2, report.Options.Network.Scale);
        Assert.Contains("lora_alpha is not given: 16 is taken, for a scale of 2", Assert.Single(Given.Texts(report, Severity.Note)));
    }

    [Theory]
    [InlineData("lora_alpha: 0")]
    [InlineData("lora_alpha: none")]
    [InlineData("lora_alpha: null")]
    [InlineData("lora_alpha:")]
    public void Alpha_OfNoneOrZero_IsTheRank(string alpha) =>
        Assert.Equal(1, Given.Yaml($"lora_rank: 8\n{alpha}").Options.Network.Scale);

    [Theory]
    [InlineData("./my pictures/train")]
    [InlineData("D:/数据/风格 训练")]
    [InlineData("C:\\Users\\Zoë\\bilder")]
    public void Path_WithSpacesOrForeignLetters_IsKept(string path) =>
        Assert.Equal(path, Given.Yaml($"train_data_dir: {path}").Options.Data[0].Folder);

    [Fact]
    public void GgmlModel_IsRefusedWithTheReason() =>
        Assert.Contains("GGML", Given.Error(Given.Yaml("task_type: text-generation\nbase_model: llama-7b.ggmlv3.q4_0.bin")));

    [Fact]
    public void Resume_AndIncrementalTraining_HaveKeys()
    {
        var options = Given.Yaml("resume_from_checkpoint: latest").Options;
        var incremental = Given.Yaml("network_weights: old.safetensors").Options;

        Assert.Equal("latest", options.Loop.Resume);
        Assert.Equal("old.safetensors", incremental.Network.StartWeights);
    }

    [Fact]
    public void EarlyStop_HasKeys() =>
        Assert.Equal((3, true), Given.Yaml("earlyStop: {patience: 3}\nvalidation: {split: 0.1}").Options.EarlyStop is { Patience: { } patience, RollBack: var back } ? (patience, back) : default);

    [Fact]
    public void Qv_IsASetOfTargets() =>
        Assert.Equal(NetworkTargets.QueryValue, Given.Yaml("network: {targets: qv}").Options.Network.Targets);
}
