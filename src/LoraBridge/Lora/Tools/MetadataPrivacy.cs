using System.Collections.Frozen;

namespace LoraBridge.Lora.Tools;

/// <summary>How much of a file's metadata is taken out before it is passed on.</summary>
public enum MetadataStrip
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>What tells of the data set, the person or the machine: captions, folders, names, times, remarks.</summary>
    Private,

    /// <summary>All but what readers need to place the file.</summary>
    All,
}

/// <summary>Which metadata keys tell more than how a file is to be read.</summary>
internal static class MetadataPrivacy
{
    private static readonly FrozenSet<string> s_needed = FrozenSet.Create(StringComparer.Ordinal,
        "ss_v2", "ss_base_model_version", "ss_network_module", "ss_network_dim", "ss_network_alpha", "ss_network_args", "format", "lora_adapter_metadata",
        "modelspec.sai_model_spec", "modelspec.architecture", "modelspec.implementation", "modelspec.prediction_type", "sshs_model_hash", "sshs_legacy_hash");

    private static readonly FrozenSet<string> s_private = FrozenSet.Create(StringComparer.Ordinal,
        "ss_tag_frequency", "ss_dataset_dirs", "ss_reg_dataset_dirs", "ss_datasets", "ss_bucket_info", "ss_output_name", "ss_training_comment", "ss_session_id",
        "ss_training_started_at", "ss_training_finished_at", "ss_sd_model_name", "ss_vae_name", "ss_num_train_images", "ss_num_reg_images",
        "ss_num_validation_images", "ot_config", "training_info", "name", "modelspec.title", "modelspec.author", "modelspec.description", "modelspec.date",
        "modelspec.thumbnail", "modelspec.merged_from", "modelspec.tags", "modelspec.trigger_phrase", "modelspec.usage_hint", MergedMetadata.ParentsKey);

    /// <summary>The metadata without what shall not be passed on.</summary>
    /// <param name="metadata">A file's.</param>
    /// <param name="strip">How much to take out.</param>
    /// <param name="removed">The keys that were taken out, in order.</param>
    public static Dictionary<string, string> Apply(IReadOnlyDictionary<string, string> metadata, MetadataStrip strip, out IReadOnlyList<string> removed)
    {
        var gone = strip switch
        {
            MetadataStrip.Private => metadata.Keys.Where(s_private.Contains),
            MetadataStrip.All => metadata.Keys.Where(key => !s_needed.Contains(key)),
            _ => [],
        };
        removed = [.. gone.Order(StringComparer.Ordinal)];
        return metadata.Where(pair => strip switch
        {
            MetadataStrip.Private => !s_private.Contains(pair.Key),
            MetadataStrip.All => s_needed.Contains(pair.Key),
            _ => true,
        }).ToDictionary(StringComparer.Ordinal);
    }
}
