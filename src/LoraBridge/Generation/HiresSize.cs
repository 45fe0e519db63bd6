namespace LoraBridge.Generation;

/// <summary>The size of a second pass: what the picture is enlarged to, and what is then cut off around its middle.</summary>
/// <param name="Width">Pixels, not always a multiple of 8.</param>
/// <param name="Height">Pixels, not always a multiple of 8.</param>
/// <param name="CutColumns">Latent cells to cut off the width in all.</param>
/// <param name="CutRows">Latent cells to cut off the height in all.</param>
internal readonly record struct HiresSize(int Width, int Height, int CutColumns, int CutRows)
{
    private const int Cell = 8;

    /// <summary>The pictures' width in the end, a multiple of 8.</summary>
    public int FinalWidth => (Width / Cell - CutColumns) * Cell;

    /// <summary>The pictures' height in the end, a multiple of 8.</summary>
    public int FinalHeight => (Height / Cell - CutRows) * Cell;

    /// <summary>The size that settings mean for a picture.</summary>
    public static HiresSize Of(int width, int height, HiresSettings settings)
    {
        var (wantedWidth, wantedHeight) = (settings.ResizeWidth, settings.ResizeHeight);
        if (wantedWidth == 0 && wantedHeight == 0)
            return new((int)Math.Clamp(width * settings.Scale, 0, int.MaxValue), (int)Math.Clamp(height * settings.Scale, 0, int.MaxValue), 0, 0);
        if (wantedHeight == 0) return new(wantedWidth, Scaled(wantedWidth, height, width), 0, 0);
        if (wantedWidth == 0) return new(Scaled(wantedHeight, width, height), wantedHeight, 0, 0);

        // as large as covers both
        var isWider = (long)width * wantedHeight < (long)wantedWidth * height;
        var (w, h) = isWider ? (wantedWidth, Scaled(wantedWidth, height, width)) : (Scaled(wantedHeight, width, height), wantedHeight);
        return new(w, h, (w - wantedWidth) / Cell, (h - wantedHeight) / Cell);
    }

    private static int Scaled(int side, int numerator, int denominator) => (int)((long)side * numerator / denominator);
}
