namespace LoraBridge.Diffusion.Models;

/// <summary>The sizes of a variational autoencoder. All but the norm groups can be read from the shapes of its weights.</summary>
public sealed record AutoencoderConfig
{
    /// <summary>Channels of a picture.</summary>
    public long ImageChannels { get; init; } = 3;

    /// <summary>Channels of the latents.</summary>
    public long LatentChannels { get; init; } = 4;

    /// <summary>Widths of the encoder's levels, from the finest to the coarsest.</summary>
    public required IReadOnlyList<long> EncoderChannels { get; init; }

    /// <summary>Widths of the decoder's levels, from the finest to the coarsest.</summary>
    public required IReadOnlyList<long> DecoderChannels { get; init; }

    /// <summary>Residual blocks a level of the encoder.</summary>
    public int EncoderBlocks { get; init; } = 2;

    /// <summary>Residual blocks a level of the decoder.</summary>
    public int DecoderBlocks { get; init; } = 3;

    /// <summary>Groups of the group norms.</summary>
    public long NormGroups { get; init; } = 32;

    /// <summary>The autoencoder of Stable Diffusion 1.x, 2.x and XL: 83,653,863 parameters.</summary>
    public static AutoencoderConfig Sd15 { get; } = new() { EncoderChannels = [128, 256, 512, 512], DecoderChannels = [128, 256, 512, 512] };

    /// <summary>The same topology with widths that a test can afford.</summary>
    public static AutoencoderConfig Tiny { get; } = new() { EncoderChannels = [32, 64, 64, 64], DecoderChannels = [32, 64, 64, 64] };

    /// <summary>Pixels along one side of a latent cell.</summary>
    public int PixelsPerCell => 1 << (DecoderChannels.Count - 1);

    /// <summary>Reads the sizes off the shapes of an autoencoder's weights.</summary>
    /// <param name="shapes">Shapes by single-file name, without "first_stage_model.".</param>
    /// <param name="hints">What the shapes do not say.</param>
    /// <exception cref="ModelShapeException">The weights are not those of such an autoencoder.</exception>
    public static AutoencoderConfig FromShapes(IReadOnlyDictionary<string, long[]> shapes, ModelHints hints)
    {
        var reader = new ShapeReader(shapes, "VAE");
        long[] Widths(string levels) =>
            [.. Enumerable.Range(0, reader.Count(levels)).Select(i => reader.Shape($"{levels}{i}.block.0.conv1.weight", 4)[0])];

        var config = new AutoencoderConfig
        {
            ImageChannels = reader.Shape("encoder.conv_in.weight", 4)[1],
            LatentChannels = reader.Shape("decoder.conv_in.weight", 4)[1],
            EncoderChannels = Widths("encoder.down."),
            DecoderChannels = Widths("decoder.up."),
            EncoderBlocks = reader.Count("encoder.down.0.block."),
            DecoderBlocks = reader.Count("decoder.up.0.block."),
            NormGroups = hints.AutoencoderNormGroups ?? 32,
        };
        return config.EncoderChannels.Count > 0 && config.EncoderChannels.Count == config.DecoderChannels.Count
            ? config
            : throw reader.Fail($"its encoder has {config.EncoderChannels.Count} levels and its decoder {config.DecoderChannels.Count}");
    }
}
