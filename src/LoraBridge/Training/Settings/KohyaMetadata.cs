using LoraBridge.Training.Data;

namespace LoraBridge.Training.Settings;

/// <summary>The metadata of a LoRA file that follow from the settings alone, under the keys and in the print of sd-scripts.</summary>
public static class KohyaMetadata
{
    /// <summary>The keys and values, in the order in which they are written. What a run finds out (counts, hashes, times) is not among them.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Settings(TrainingOptions options)
    {
        var all = All(options);
        return options.Metadata.Level switch
        {
            MetadataLevel.Minimal => [.. all.Where(pair => pair.Key is "ss_v2" or "ss_base_model_version" or "ss_network_module" or "ss_network_dim" or "ss_network_alpha" or "ss_network_args")],
            // the name and the remark may tell what the pictures show
            MetadataLevel.Private => [.. all.Where(pair => pair.Key is not ("ss_output_name" or "ss_training_comment"))],
            _ => all,
        };
    }

    private static List<KeyValuePair<string, string>> All(TrainingOptions o)
    {
        var rates = LearningRates.Of(o);
        var pairs = new List<KeyValuePair<string, string>>();
        Add("ss_output_name", o.Saving.EffectiveName);
        Add("ss_learning_rate", PythonFormat.Of(o.Optimizer.LearningRate));
        Add("ss_text_encoder_lr", rates.TrainsTextEncoder ? PythonFormat.Of(o.Optimizer.TextEncoderLearningRate) : "None");
        Add("ss_unet_lr", rates.TrainsUNet ? PythonFormat.Of(o.Optimizer.UNetLearningRate) : "None");
        Add("ss_gradient_checkpointing", PythonFormat.Of(o.Precision.GradientCheckpointing));
        Add("ss_gradient_accumulation_steps", PythonFormat.Of(o.Loop.GradientAccumulation));
        Add("ss_lr_warmup_steps", o.Schedule.Warmup.IsShare ? PythonFormat.Of(o.Schedule.Warmup.Value) : PythonFormat.Of((long)o.Schedule.Warmup.Value));
        Add("ss_lr_scheduler", ChoiceNames.Of(o.Schedule.Scheduler));
        Add("ss_network_module", KohyaNetwork.Module(o.Network));
        Add("ss_network_dim", PythonFormat.Of(o.Network.Rank));
        Add("ss_network_alpha", PythonFormat.Of(o.Network.EffectiveAlpha));
        Add("ss_network_dropout", o.Network.Dropout > 0 ? PythonFormat.Of(o.Network.Dropout) : "None");
        if (KohyaNetwork.Arguments(o) is { Count: > 0 } arguments) Add("ss_network_args", PythonFormat.Json(arguments));
        Add("ss_mixed_precision", o.Precision.Mixed == MixedPrecision.Auto ? "no" : ChoiceNames.Of(o.Precision.Mixed));
        Add("ss_full_fp16", PythonFormat.Of(o.Precision.Adapter == WeightPrecision.Fp16));
        Add("ss_v2", PythonFormat.Of(o.Model.Family == BaseModelFamily.Sd2));
        if (BaseModelVersion(o.Model) is { Length: > 0 } version) Add("ss_base_model_version", version);
        Add("ss_clip_skip", PythonFormat.Of(o.Model.ClipSkip));
        Add("ss_max_token_length", o.Captions.TokenLength == 75 ? "None" : PythonFormat.Of(o.Captions.TokenLength));
        Add("ss_cache_latents", PythonFormat.Of(o.Cache.Latents));
        Add("ss_seed", PythonFormat.Of(o.Loop.Seed));
        Add("ss_lowram", "False");
        Add("ss_noise_offset", PythonFormat.Of(o.Noise.Offset));
        Add("ss_multires_noise_iterations", PythonFormat.Of(o.Noise.MultiresIterations));
        Add("ss_multires_noise_discount", PythonFormat.Of(o.Noise.MultiresDiscount));
        Add("ss_adaptive_noise_scale", PythonFormat.Of(o.Noise.AdaptiveScale));
        Add("ss_zero_terminal_snr", PythonFormat.Of(o.Model.ZeroTerminalSnr));
        Add("ss_training_comment", PythonFormat.Of(o.Metadata.Comment));
        Add("ss_optimizer", KohyaOptimizer.Name(o.Optimizer));
        Add("ss_max_grad_norm", PythonFormat.Of(o.Optimizer.MaxGradNorm));
        Add("ss_caption_dropout_rate", PythonFormat.Of(o.Captions.DropoutRate));
        Add("ss_caption_dropout_every_n_epochs", PythonFormat.Of(o.Captions.DropoutEveryEpochs));
        Add("ss_caption_tag_dropout_rate", PythonFormat.Of(o.Captions.TagDropoutRate));
        Add("ss_face_crop_aug_range", o.Augmentation.FaceCropMinimum is { } least ? $"{PythonFormat.Of(least)},{PythonFormat.Of(o.Augmentation.FaceCropMaximum ?? least)}" : "None");
        Add("ss_prior_loss_weight", PythonFormat.Of(o.Loss.PriorWeight));
        Add("ss_min_snr_gamma", PythonFormat.Of(o.Loss.MinSnrGamma));
        Add("ss_scale_weight_norms", PythonFormat.Of(o.Network.MaxNorm));
        Add("ss_ip_noise_gamma", PythonFormat.Of(o.Noise.InputPerturbation));
        Add("ss_debiased_estimation", PythonFormat.Of(o.Loss.DebiasedEstimation));
        Add("ss_noise_offset_random_strength", PythonFormat.Of(o.Noise.OffsetRandomStrength));
        Add("ss_ip_noise_gamma_random_strength", PythonFormat.Of(o.Noise.InputPerturbationRandomStrength));
        Add("ss_loss_type", ChoiceNames.Of(o.Loss.Kind));
        Add("ss_huber_schedule", ChoiceNames.Of(o.Loss.HuberSchedule));
        Add("ss_huber_scale", PythonFormat.Of(o.Loss.HuberScale));
        Add("ss_huber_c", PythonFormat.Of(o.Loss.HuberC));
        Add("ss_fp8_base", PythonFormat.Of(o.Precision.Frozen == FrozenStorage.Fp8));
        Add("ss_fp8_base_unet", PythonFormat.Of(o.Precision.Frozen == FrozenStorage.Fp8UNet));
        Add("ss_validation_seed", PythonFormat.Of(o.Validation.Seed));
        Add("ss_validation_split", PythonFormat.Of(o.Validation.Split));
        Add("ss_max_validation_steps", PythonFormat.Of(o.Validation.MaximumBatches));
        Add("ss_validate_every_n_epochs", PythonFormat.Of(o.Validation.EveryEpochs));
        Add("ss_validate_every_n_steps", PythonFormat.Of(o.Validation.EverySteps));
        if (o.Data.Count <= 1) AddFolder(o, Add);
        return pairs;

        void Add(string key, string value) => pairs.Add(new(key, value));
    }

    // what the origin writes where one folder is trained; several are described by ss_datasets
    private static void AddFolder(TrainingOptions o, Action<string, string> add)
    {
        var data = o.Data.Count > 0 ? o.Data[0] : new DatasetOptions { Folder = "" };
        var captions = data.Captions ?? o.Captions;
        var augmentation = data.Augmentation ?? o.Augmentation;
        add("ss_batch_size_per_device", PythonFormat.Of(o.Loop.BatchSize));
        add("ss_total_batch_size", PythonFormat.Of(o.Loop.BatchSize));
        add("ss_resolution", PythonFormat.Tuple([data.Width ?? o.Buckets.Width, data.Height ?? o.Buckets.Height]));
        add("ss_color_aug", PythonFormat.Of(augmentation.Color));
        add("ss_flip_aug", PythonFormat.Of(augmentation.Flip));
        add("ss_random_crop", PythonFormat.Of(augmentation.RandomCrop));
        add("ss_shuffle_caption", PythonFormat.Of(captions.Shuffle));
        add("ss_enable_bucket", PythonFormat.Of(o.Buckets.Enabled));
        add("ss_bucket_no_upscale", PythonFormat.Of(o.Buckets.NoUpscale));
        add("ss_min_bucket_reso", PythonFormat.Of(o.Buckets.MinimumSide));
        add("ss_max_bucket_reso", PythonFormat.Of(o.Buckets.MaximumSide));
        add("ss_keep_tokens", PythonFormat.Of(captions.KeepTokens));
    }

    // a family that only the file knows is left to the trainer
    private static string BaseModelVersion(BaseModelOptions model) => (model.Family, model.Prediction == TrainingTarget.V) switch
    {
        (BaseModelFamily.Sd1, false) => "sd_v1",
        (BaseModelFamily.Sd1, true) => "sd_v1_v",
        (BaseModelFamily.Sd2, false) => "sd_v2",
        (BaseModelFamily.Sd2, true) => "sd_v2_v",
        (BaseModelFamily.Sdxl, _) => "sdxl_base_v1-0",
        _ => "",
    };
}
