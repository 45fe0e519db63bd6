using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Settings;

public sealed class SettingsRulesTests
{
    [Theory]
    [InlineData("noise_offset: 0.1\nmultires_noise_iterations: 6", "exclude each other")]
    [InlineData("adaptive_noise_scale: 0.1", "set noise.offset")]
    [InlineData("v_parameterization: true\nv_pred_like_loss: 0.5", "for models that predict noise")]
    [InlineData("v_parameterization: false\nscale_v_pred_loss_like_noise_pred: true", "for models that predict v")]
    [InlineData("min_timestep: 500\nmax_timestep: 500", "below timesteps.maximum")]
    [InlineData("color_aug: true", "cache.latents")]
    [InlineData("random_crop: true\ncache_latents: true", "cache.latents")]
    [InlineData("face_crop_aug_range: \"2.0,4.0\"", "cache.latents")]
    [InlineData("cache_text_encoder_outputs: true", "network.trainTextEncoder")]
    [InlineData("full_fp16: true\nmixed_precision: bf16", "same precision.mixed")]
    [InlineData("fp8_base: true\nmixed_precision: no", "precision.mixed")]
    [InlineData("use_fp16: true\ndevice: cpu", "graphics card")]
    [InlineData("network_train_unet_only: true\nnetwork_train_text_encoder_only: true", "Nothing is trained")]
    [InlineData("learning_rate: 0", "Nothing is trained")]
    [InlineData("dim_from_weights: true", "network.startWeights")]
    [InlineData("algo: ia3\ndora_wd: true", "DoRA")]
    [InlineData("block_dims: [1, 2, 3]", "25 numbers")]
    [InlineData("down_lr_weight: 1,2,3", "12 numbers")]
    [InlineData("base_weights_multiplier: 0.5", "more numbers")]
    [InlineData("optimizer: DAdaptAdam\nlr: 1\nunet_lr: 1\ntext_encoder_lr: 0.5", "one learning rate for all")]
    [InlineData("lr_scheduler: adafactor", "goes with the optimizer Adafactor")]
    [InlineData("lr_scheduler: piecewise_constant", "schedule.levels")]
    [InlineData("early_stop_patience: 3", "no pictures are set aside")]
    [InlineData("min_bucket_reso: 1024\nmax_bucket_reso: 512", "buckets.minimumSide")]
    [InlineData("bucket_reso_steps: 12", "multiple of 8")]
    [InlineData("resolution: 500", "multiples of 8")]
    public void Contradiction_IsAnError(string yaml, string message) => Assert.Contains(message, Given.Error(Given.Yaml(yaml)));

    [Theory]
    [InlineData("zero_terminal_snr: true", "model.zeroTerminalSnr is of use")]
    [InlineData("min_snr_gamma: 5\ndebiased_estimation_loss: true", "one is enough")]
    [InlineData("optimizer: Prodigy", "Set optimizer.learningRate to 1")]
    [InlineData("learning_rate: 2", "lost its exponent")]
    [InlineData("epochs: 5\nmax_train_steps: 100", "epochs win")]
    [InlineData("network_weights: a\nresume: b", "leave one out")]
    [InlineData("optimizer: Adafactor\nlr_scheduler: adafactor", "optimizer.maxGradNorm to 0")]
    public void Doubt_IsAWarning(string yaml, string message) => Assert.Contains(message, Assert.Single(Given.Texts(Given.Yaml(yaml), Severity.Warning)));

    [Theory]
    [InlineData("conv_dim: 8")]
    [InlineData("network: {factor: 8}")]
    [InlineData("network_train_unet_only: true\ntext_encoder_lr: 1e-5")]
    [InlineData("optimizer_args: [\"momentum=0.5\"]")]
    [InlineData("d_coef: 2")]
    [InlineData("optimizer: AdamWScheduleFree\nlr_scheduler: linear")]
    [InlineData("lr_scheduler: constant\nwarmup_steps: 50")]
    [InlineData("lr_scheduler_num_cycles: 3")]
    [InlineData("huber_c: 0.2")]
    [InlineData("prior_loss_weight: 0.5")]
    [InlineData("unmasked_weight: 0.1")]
    [InlineData("alpha_mask: true")]
    [InlineData("noise_offset_random_strength: true")]
    [InlineData("keep_tokens: 2")]
    [InlineData("bucket_no_upscale: true\nmin_bucket_reso: 320")]
    [InlineData("save_last_n_epochs: 2")]
    [InlineData("loss: {outputPreservationPrompt: a cat}")]
    [InlineData("saving: {keepLastStepStates: 2}")]
    [InlineData("cache: {diskLimit: 2}")]
    [InlineData("validate_every_n_steps: 10")]
    [InlineData("sample_every_n_steps: 10")]
    [InlineData("sample_prompts: prompts.txt")]
    [InlineData("ema_decay: 0.99")]
    [InlineData("max_seq_length: 100")]
    public void Setting_ThatDoesNothing_IsAWarning(string yaml) => Assert.Contains("does nothing", Assert.Single(Given.Texts(Given.Yaml(yaml), Severity.Warning)));

    [Theory]
    [InlineData("conv_dim: 8\nalgo: locon")]
    [InlineData("huber_c: 0.2\nloss_type: huber")]
    [InlineData("keep_tokens: 2\nshuffle_caption: true")]
    [InlineData("prior_loss_weight: 0.5\nreg_data_dir: reg")]
    [InlineData("sample_every_n_steps: 10\nsample_prompts: prompts.txt")]
    [InlineData("noise_offset: 0.1\nadaptive_noise_scale: 0.01")]
    [InlineData("random_crop: true\ncache_latents: false")]
    [InlineData("early_stop_patience: 3\nvalidation_split: 0.1")]
    [InlineData("optimizer: Prodigy\nlr: 1\nwarmup_steps: 0")]
    public void Settings_ThatBelongTogether_AreFine(string yaml) => Assert.Empty(Given.Yaml(yaml).Problems);

    [Fact]
    public void Defaults_AreFine() => Assert.Empty(SettingsRules.Check(new TrainingOptions()));

    [Fact]
    public void Run_WithoutModelOrPictures_IsIncomplete()
    {
        Assert.Equal(["model.path", "data.folder"], SettingsRules.Missing(Given.Yaml("reg_data_dir: reg").Options).SelectMany(problem => problem.Settings));
        Assert.Empty(SettingsRules.Missing(Given.Yaml("base_model: a\ntrain_data_dir: b").Options));
    }

    [Fact]
    public void Problem_NamesWhereTheValuesCameFrom() =>
        Assert.EndsWith("[noise.offset: lora.yaml:1 (noise_offset); noise.multiresIterations: command line (noise.multiresIterations)]", Given.Error(Given.Yaml("noise_offset: 0.1", "noise.multiresIterations=6")));

    [Fact]
    public void Request_OutOfRange_IsFoundWithoutASource()
    {
        var options = new TrainingOptions
        {
            Network = new() { Rank = 0 },
            Data = [new() { Folder = "", Repeats = 0, Captions = new() { TokenLength = 80 } }],
            Noise = new() { Offset = 0.1, MultiresIterations = 3 },
        };

        var errors = SettingsRules.Check(options).Where(problem => problem.Severity == Severity.Error).Select(problem => problem.Message).ToArray();

        Assert.Equal(5, errors.Length);
        Assert.Contains("network.rank is 0, and must be from 1 to 4096.", errors);
        Assert.Contains("data.folder must not be empty.", errors);
        Assert.Contains("data.captions.tokenLength is 80, and must be one of 75, 150, 225.", errors);
    }
}
