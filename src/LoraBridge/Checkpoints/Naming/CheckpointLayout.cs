namespace LoraBridge.Checkpoints.Naming;

/// <summary>What a checkpoint holds: which family, which networks, and under which keys their parameters lie.</summary>
public sealed record CheckpointLayout
{
    private CheckpointLayout()
    {
    }

    /// <summary>Sorts a file's keys. Reads names and shapes only.</summary>
    public static CheckpointLayout Of(IReadOnlyDictionary<string, TensorEntry> tensors)
    {
        var keys = CheckpointKeys.Sort(tensors.Keys);
        var family = ModelFamilyRules.FamilyOf(tensors, keys);
        var input = Shape("input_blocks.0.0.weight");
        return new CheckpointLayout
        {
            Family = family,
            UNet = keys.UNet,
            Autoencoder = keys.Autoencoder,
            TextEncoder = keys.TextEncoder,
            Ignored = keys.Ignored,
            Other = keys.Other,
            InputChannels = input is [_, var channels, ..] ? channels : null,
            ContextWidth = ModelFamilyRules.ContextWidth(tensors, keys),
            Description = CheckpointDescription.Of(tensors, keys, family, input),
        };

        IReadOnlyList<long>? Shape(string name) => keys.UNet.TryGetValue(name, out var key) ? tensors[key].Shape : null;
    }

    /// <summary>The family the shapes speak for.</summary>
    public required ModelFamily Family { get; init; }

    /// <summary>By single-file name without prefix (<c>input_blocks.0.0.weight</c>) the UNet's keys in the file; empty when it has none.</summary>
    public required IReadOnlyDictionary<string, string> UNet { get; init; }

    /// <summary>By single-file name without prefix (<c>encoder.conv_in.weight</c>) the autoencoder's keys; empty when it has none.</summary>
    /// <remarks>From a diffusers file the mid attention's weights are (C, C) where a single file has (C, C, 1, 1).</remarks>
    public required IReadOnlyDictionary<string, string> Autoencoder { get; init; }

    /// <summary>By name (<c>text_model.final_layer_norm.weight</c>) the keys of SD 1's text encoder; empty when it has none.</summary>
    public required IReadOnlyDictionary<string, string> TextEncoder { get; init; }

    /// <summary>Keys that no network needs: averaged copies, losses, schedules, position numbers.</summary>
    public required IReadOnlyList<string> Ignored { get; init; }

    /// <summary>Keys of no network known here.</summary>
    public required IReadOnlyList<string> Other { get; init; }

    /// <summary>Channels the UNet takes in: 4, or 9 for inpainting, 8 for instruct-pix2pix; null without a UNet.</summary>
    public required long? InputChannels { get; init; }

    /// <summary>Width of the text embeddings the UNet attends to; null when it attends to none.</summary>
    public required long? ContextWidth { get; init; }

    /// <summary>One sentence for a person: the family, what is special, what the file has and lacks.</summary>
    public required string Description { get; init; }
}
