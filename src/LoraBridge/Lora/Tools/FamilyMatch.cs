using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Formats;

namespace LoraBridge.Lora.Tools;

/// <summary>An adapter and a checkpoint that are not for one another.</summary>
/// <param name="Adapter">The family that the adapter was made for, such as Stable Diffusion XL.</param>
/// <param name="Model">The checkpoint's.</param>
public sealed record FamilyMismatch(string Adapter, string Model);

/// <summary>Whether an adapter and a checkpoint are of one family, told by their headers: nothing is loaded.</summary>
public static class FamilyMatch
{
    private const long UsualWidth = 768;

    /// <summary>The two families where they differ; null where they are the same, or where a file does not tell or cannot be read.</summary>
    /// <param name="adapter">The adapter's file.</param>
    /// <param name="checkpoint">The checkpoint's file.</param>
    public static FamilyMismatch? Differ(string adapter, string checkpoint)
    {
        try
        {
            using var model = CheckpointFile.Open(checkpoint);
            var layout = CheckpointLayout.Of(model.Tensors);
            if (layout is not { ContextWidth: { } width }) return null;
            using var file = CheckpointFile.Open(adapter);
            return ForeignFamily.OfKeys(file.Tensors, width) is var (_, family) ? new(family, Name(layout.Family, width)) : null;
        }
        catch (Exception error) when (error is CheckpointFormatException or IOException or UnauthorizedAccessException)
        {
            return null;                                                        // whoever reads it whole says what is wrong with it
        }
    }

    private static string Name(ModelFamily family, long width) => family switch
    {
        ModelFamily.StableDiffusion1 when width == UsualWidth => "Stable Diffusion 1.x",
        ModelFamily.StableDiffusion1 => $"a Stable Diffusion 1.x of another size, with text embeddings {width} wide",
        ModelFamily.StableDiffusion2 => "Stable Diffusion 2.x",
        ModelFamily.StableDiffusionXL => "Stable Diffusion XL",
        _ => $"of an unknown family, with text embeddings {width} wide",
    };
}
