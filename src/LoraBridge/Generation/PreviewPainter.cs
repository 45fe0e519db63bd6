using LoraBridge.Imaging;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>Paints what a batch looks like on the way.</summary>
/// <param name="parts">The checkpoint.</param>
/// <param name="settings">How often, and how.</param>
/// <param name="tiled">Whether whole pictures are decoded tile by tile; null decides by the size.</param>
internal sealed class PreviewPainter(PipelineParts parts, PreviewSettings settings, bool? tiled)
{
    /// <summary>A quarter of the picture's sides: enough for colours that have an eighth of them.</summary>
    private const int PixelsPerCell = 2;

    /// <summary>The pictures of a batch side by side; null at steps without a preview.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="denoised">Clean latents, (B, 4, h, w).</param>
    public Picture? Paint(int step, Tensor denoised)
    {
        if (step % settings.EverySteps != 0) return null;
        using var scope = NewDisposeScope();
        var pictures = Enumerable.Range(0, (int)denoised.shape[0]).Select(i => Paint(denoised.narrow(0, i, 1))).ToList();
        if (pictures.Count == 1) return pictures[0];

        // as the WebUI lays out its grids
        var rows = (int)Math.Round(Math.Sqrt(pictures.Count));
        var columns = (pictures.Count + rows - 1) / rows;
        var grid = new Picture(columns * pictures[0].Width, rows * pictures[0].Height, 3);
        foreach (var (i, picture) in pictures.Index()) picture.PasteOnto(grid, i % columns * picture.Width, i / columns * picture.Height);
        return grid;
    }

    private Picture Paint(Tensor latents)
    {
        if (settings.Kind == PreviewKind.Full) return parts.Codec.Decode(latents, tiled);
        var cells = parts.Colors.Paint(latents);
        return cells.Resized(cells.Width * PixelsPerCell, cells.Height * PixelsPerCell, ResizeFilter.Bicubic);
    }
}
