using System.Globalization;
using LoraBridge.Training.Data;
using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Result;

/// <summary>What an adapter's file says of the run it comes from: the settings, the data, the base model, the times.</summary>
internal sealed class RunMetadata
{
    private readonly TrainingOptions _options;
    private readonly TrainingSet _set;
    private readonly StepPlan _plan;
    private readonly (string Sha256, string Legacy) _model;
    private readonly DateTimeOffset _started;

    /// <param name="options">The run's settings.</param>
    /// <param name="set">Its pictures.</param>
    /// <param name="plan">Its numbers.</param>
    /// <param name="model">The base model's hashes.</param>
    /// <param name="started">When the run began, over all resumes.</param>
    public RunMetadata(TrainingOptions options, TrainingSet set, StepPlan plan, (string Sha256, string Legacy) model, DateTimeOffset started) =>
        (_options, _set, _plan, _model, _started) = (options, set, plan, model, started);

    /// <summary>The metadata of one file.</summary>
    /// <param name="file">The file's name without extension: its alias, so that no two of a run have the same.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="epoch">Epochs begun.</param>
    /// <param name="now">The time of saving.</param>
    public Dictionary<string, string> Of(string file, long step, int epoch, DateTimeOffset now)
    {
        var metadata = KohyaMetadata.Settings(_options).ToDictionary();
        if (metadata.ContainsKey("ss_output_name")) metadata["ss_output_name"] = file;
        foreach (var (key, value) in ModelSpec(file, now)) metadata[key] = value;
        if (_options.Metadata.Level == MetadataLevel.Minimal) return metadata;

        // one number for all files of a run, the same after a resume
        metadata["ss_session_id"] = ((_started.ToUnixTimeMilliseconds() * 2654435761L + (_options.Loop.Seed ?? 0)) & uint.MaxValue).ToString(CultureInfo.InvariantCulture);
        metadata["ss_training_started_at"] = Seconds(_started);
        metadata["ss_training_finished_at"] = Seconds(now);
        metadata["ss_num_train_images"] = Text(_set.TrainingItems);
        metadata["ss_num_reg_images"] = Text(_set.RegularisationItems);
        metadata["ss_num_batches_per_epoch"] = Text(_plan.BatchesPerEpoch);
        metadata["ss_num_epochs"] = Text(_plan.Epochs);
        metadata["ss_max_train_steps"] = Text(_plan.Steps);
        metadata["ss_epoch"] = Text(epoch);
        metadata["ss_steps"] = Text(step);
        metadata["ss_sd_model_name"] = Path.GetFileName(_options.Model.Path);
        metadata["ss_sd_model_hash"] = _model.Legacy;
        metadata["ss_new_sd_model_hash"] = _model.Sha256;
        metadata["ss_sd_scripts_commit_hash"] = Program;
        metadata["ss_bucket_info"] = KohyaDatasetMetadata.BucketInfo(_set);
        if (_options.Metadata.Level == MetadataLevel.Private) return metadata;

        metadata["ss_tag_frequency"] = KohyaDatasetMetadata.TagFrequency(_set);
        metadata["ss_dataset_dirs"] = KohyaDatasetMetadata.DatasetDirectories(_set);
        metadata["ss_reg_dataset_dirs"] = KohyaDatasetMetadata.RegularisationDirectories(_set);
        return metadata;
    }

    private static string Program => $"LoraBridge/{typeof(RunMetadata).Assembly.GetName().Version?.ToString(3)}";

    private IEnumerable<KeyValuePair<string, string>> ModelSpec(string file, DateTimeOffset now)
    {
        var (options, size) = (_options.Metadata, _set.Options.Buckets);
        (string Key, string? Value)[] fields =
        [
            ("modelspec.sai_model_spec", "1.0.1"),
            ("modelspec.architecture", "stable-diffusion-v1/lora"),
            ("modelspec.implementation", "diffusers"),
            ("modelspec.implementation_version", Program),
            ("modelspec.title", options.Title ?? (options.Level == MetadataLevel.Private ? "LoRA" : file)),
            ("modelspec.resolution", FormattableString.Invariant($"{size.Width}x{size.Height}")),
            ("modelspec.date", now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)),
            ("modelspec.prediction_type", _options.Model.Prediction == TrainingTarget.V ? "v" : "epsilon"),
            ("modelspec.encoder_layer", _options.Model.ClipSkip?.ToString(CultureInfo.InvariantCulture)),
            ("modelspec.author", options.Author),
            ("modelspec.description", options.Description),
            ("modelspec.license", options.License),
            ("modelspec.tags", options.Tags),
            ("modelspec.trigger_phrase", options.TriggerPhrase ?? (options.Level == MetadataLevel.Private ? null : _options.Captions.TriggerWord)),
            ("modelspec.usage_hint", options.UsageHint),
        ];
        return fields.Where(field => !string.IsNullOrEmpty(field.Value)).Select(field => KeyValuePair.Create(field.Key, field.Value!));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(DateTimeOffset time) => PythonFormat.Of(time.ToUnixTimeMilliseconds() / 1000.0);
}
