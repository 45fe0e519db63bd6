using System.Globalization;
using System.Text.RegularExpressions;

namespace LoraBridge.Lora.Tools;

/// <summary>What a file's metadata says of its training, in plain words. Nothing of it can be checked.</summary>
/// <param name="Facts">Pairs of a heading and what is said, in the order of telling; what the file does not say is left out.</param>
/// <param name="Tags">The most frequent tags of its captions, with their counts.</param>
public sealed partial record TrainingFacts(IReadOnlyList<KeyValuePair<string, string>> Facts, IReadOnlyList<KeyValuePair<string, long>> Tags)
{
    /// <summary>How many tags are told.</summary>
    public const int MostTags = 20;

    /// <summary>Reads a file's metadata.</summary>
    public static TrainingFacts Of(IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        var facts = new List<KeyValuePair<string, string>>();
        Tell("name", Value("ss_output_name") ?? Value("modelspec.title") ?? Value("name"));
        Tell("base model", Value("ss_sd_model_name"), Value("ss_base_model_version"),
            Value("ss_new_sd_model_hash") is { Length: >= 10 } hash ? $"hash {hash[..10]}" : Value("ss_sd_model_hash") is { } old ? $"old hash {old}" : null);
        Tell("network", Value("ss_network_module"), Named("rank", "ss_network_dim"), Named("alpha", "ss_network_alpha"), Value("ss_network_args"));
        Tell("steps", Value("ss_steps"), Value("ss_max_train_steps") is { } most ? $"of {most}" : null);
        Tell("epochs", Value("ss_epoch"), Value("ss_num_epochs") is { } epochs ? $"of {epochs}" : null);
        Tell("learning rate", Value("ss_learning_rate"), Named("UNet", "ss_unet_lr"), Named("text", "ss_text_encoder_lr"), Value("ss_lr_scheduler"));
        Tell("optimizer", Value("ss_optimizer"));
        Tell("pictures", Value("ss_num_train_images") is { } images ? $"{images} with repeats" : null,
            Value("ss_num_reg_images") is { } regular and not "0" ? $"{regular} for regularisation" : null);
        Tell("batch", Value("ss_total_batch_size") ?? Value("ss_batch_size_per_device"));
        Tell("resolution", Value("ss_resolution") ?? Value("modelspec.resolution"));
        Tell("clip skip", Value("ss_clip_skip") ?? Value("modelspec.encoder_layer"));
        Tell("prediction", Value("modelspec.prediction_type"));
        Tell("precision", Value("ss_mixed_precision"));
        Tell("seed", Value("ss_seed"));
        Tell("finished", Time("ss_training_finished_at") ?? Value("modelspec.date"));
        Tell("trigger", Value("modelspec.trigger_phrase"));
        Tell("made from", Value("modelspec.merged_from"));
        Tell("licence", Value("modelspec.license"));
        Tell("remark", Value("ss_training_comment"));
        return new(facts, [.. TagCounts.Top(metadata, MostTags)]);

        void Tell(string heading, params string?[] parts)
        {
            if (parts.OfType<string>().ToArray() is { Length: > 0 } said) facts.Add(new(heading, Spaces().Replace(string.Join(", ", said), " ").Replace(", of ", " of ")));
        }

        string? Named(string word, string key) => Value(key) is { } value ? $"{word} {value}" : null;

        string? Value(string key) => metadata.TryGetValue(key, out var value) && value is not ("" or "None" or "null") ? value.Trim() : null;

        string? Time(string key) => double.TryParse(Value(key), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 1e11
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000)).UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)
            : null;
    }

    // a remark may have line breaks, or control characters that a terminal would obey
    [GeneratedRegex(@"[\s\p{C}]+")]
    private static partial Regex Spaces();
}
