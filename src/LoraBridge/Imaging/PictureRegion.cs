namespace LoraBridge.Imaging;

/// <summary>A rectangle of a picture.</summary>
/// <param name="Left">Its first column.</param>
/// <param name="Top">Its first row.</param>
/// <param name="Right">The column behind its last.</param>
/// <param name="Bottom">The row behind its last.</param>
public readonly record struct PictureRegion(int Left, int Top, int Right, int Bottom)
{
    /// <summary>Columns.</summary>
    public int Width => Right - Left;

    /// <summary>Rows.</summary>
    public int Height => Bottom - Top;

    /// <summary>What of a mask is not black, with some pixels around it.</summary>
    /// <param name="mask">A grey picture.</param>
    /// <param name="padding">How many pixels on each side; none beyond the edges.</param>
    /// <returns>Null for a black mask.</returns>
    public static PictureRegion? Of(Picture mask, int padding)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var (left, top, right, bottom) = (mask.Width, mask.Height, 0, 0);
        for (var y = 0; y < mask.Height; y++)
        {
            var row = mask.Row(y);
            var first = row.IndexOfAnyExcept((byte)0);
            if (first < 0) continue;
            (left, right) = (Math.Min(left, first), Math.Max(right, row.LastIndexOfAnyExcept((byte)0) + 1));
            (top, bottom) = (Math.Min(top, y), y + 1);
        }
        if (right == 0) return null;
        return new(Math.Max(left - padding, 0), Math.Max(top - padding, 0), Math.Min(right + padding, mask.Width), Math.Min(bottom + padding, mask.Height));
    }

    /// <summary>The region grown to another shape: on both sides alike where there is room, else where there is.</summary>
    /// <param name="width">The shape's width.</param>
    /// <param name="height">The shape's height.</param>
    /// <param name="within">The picture that it stays in.</param>
    public PictureRegion GrownTo(int width, int height, Picture within)
    {
        ArgumentNullException.ThrowIfNull(within);
        if ((double)Width / Height > (double)width / height)
        {
            var (top, bottom) = Grown(Top, Bottom, Width / ((double)width / height), within.Height);
            return this with { Top = top, Bottom = bottom };
        }
        var (left, right) = Grown(Left, Right, Height * ((double)width / height), within.Width);
        return this with { Left = left, Right = right };
    }

    private static (int Start, int End) Grown(int start, int end, double wanted, int limit)
    {
        var more = (int)(wanted - (end - start));
        start -= more / 2;
        end += more - more / 2;
        // what stands over one edge is taken on the other side
        if (end >= limit) (start, end) = (start - (end - limit), limit);
        if (start < 0) (start, end) = (0, end - start);
        return (start, Math.Min(end, limit));
    }
}
