using LoraBridge.Imaging;

namespace LoraBridge.Server.Sdapi.Scripts;

/// <summary>Where the tiles of a picture lie: of one size, overlapping, evenly spread.</summary>
/// <param name="Width">The picture's.</param>
/// <param name="Height">The picture's.</param>
/// <param name="TileWidth">A tile's.</param>
/// <param name="TileHeight">A tile's.</param>
/// <param name="Columns">The left edges.</param>
/// <param name="Rows">The top edges.</param>
internal sealed record TileLayout(int Width, int Height, int TileWidth, int TileHeight, IReadOnlyList<int> Columns, IReadOnlyList<int> Rows)
{
    /// <summary>The tiles' corners, row by row.</summary>
    public IReadOnlyList<(int X, int Y)> Places => [.. from y in Rows from x in Columns select (x, y)];

    /// <summary>The layout for a picture.</summary>
    /// <param name="width">The picture's.</param>
    /// <param name="height">The picture's.</param>
    /// <param name="tileWidth">A tile's.</param>
    /// <param name="tileHeight">A tile's.</param>
    /// <param name="overlap">By how much neighbours overlap at least; less than a tile.</param>
    public static TileLayout Of(int width, int height, int tileWidth, int tileHeight, int overlap) =>
        new(width, height, tileWidth, tileHeight, Edges(width, tileWidth, overlap), Edges(height, tileHeight, overlap));

    /// <summary>A tile of the picture; where it stands over the edge, the edge is repeated.</summary>
    public Picture Cut(Picture picture, int left, int top)
    {
        var tile = new Picture(TileWidth, TileHeight, picture.Channels);
        for (var y = 0; y < TileHeight; y++)
        {
            var from = picture.Row(Math.Min(top + y, picture.Height - 1));
            for (var x = 0; x < TileWidth; x++) from.Slice(Math.Min(left + x, picture.Width - 1) * picture.Channels, picture.Channels).CopyTo(tile.Row(y)[(x * picture.Channels)..]);
        }
        return tile;
    }

    /// <summary>The picture of its tiles, which fade into each other where they overlap.</summary>
    /// <param name="tiles">One for each place.</param>
    public Picture Join(IReadOnlyList<Picture> tiles)
    {
        var (sums, weights) = (new float[Width * Height * 3], new float[Width * Height]);
        foreach (var (tile, (left, top)) in tiles.Zip(Places))
        {
            var pixels = tile.ToRgb();
            for (var y = 0; y < Math.Min(TileHeight, Height - top); y++)
                for (var x = 0; x < Math.Min(TileWidth, Width - left); x++)
                {
                    var weight = Ramp(x, left, TileWidth, Columns) * Ramp(y, top, TileHeight, Rows);
                    var at = ((top + y) * Width) + left + x;
                    weights[at] += weight;
                    for (var c = 0; c < 3; c++) sums[(at * 3) + c] += weight * pixels.Row(y)[(x * 3) + c];
                }
        }
        var joined = new Picture(Width, Height, 3);
        for (var i = 0; i < sums.Length; i++) joined.Pixels[i] = (byte)Math.Clamp((sums[i] / weights[i / 3]) + 0.5f, 0, 255);
        return joined;
    }

    private static int[] Edges(int size, int tile, int overlap)
    {
        if (size <= tile) return [0];
        var count = (int)Math.Ceiling((double)(size - overlap) / (tile - overlap));
        return [.. Enumerable.Range(0, count).Select(i => (int)((long)(size - tile) * i / (count - 1)))];
    }

    // rises over the overlap with the tile before and falls over that with the next; never 0, so that every pixel has a weight
    private static float Ramp(int at, int edge, int tile, IReadOnlyList<int> edges)
    {
        var before = edges.Where(other => other < edge).DefaultIfEmpty(int.MinValue / 2).Max() + tile - edge;
        var after = edges.Where(other => other > edge).DefaultIfEmpty(int.MaxValue / 2).Min() - edge;
        var rise = before > 0 ? Math.Min(1f, (at + 1f) / (before + 1)) : 1;
        var fall = after < tile ? Math.Min(1f, (tile - at) / (float)(tile - after + 1)) : 1;
        return Math.Min(rise, fall);
    }
}
