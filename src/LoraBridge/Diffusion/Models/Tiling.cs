using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Models;

/// <summary>One tile of a map of latents, in cells.</summary>
/// <param name="Top">First row.</param>
/// <param name="Left">First column.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct Tile(long Top, long Left, long Height, long Width);

/// <summary>Covers a map by overlapping tiles and joins what is computed from them, each fading out over the overlap.</summary>
public sealed record Tiling
{
    /// <summary>Side of a tile in latent cells; 64 cells are 512 pixels.</summary>
    public int TileSize { get; init; } = 64;

    /// <summary>Cells that neighbours share; at most half a tile.</summary>
    public int Overlap { get; init; } = 16;

    /// <summary>Computes every tile and blends the results.</summary>
    /// <param name="height">Rows of the map, in cells.</param>
    /// <param name="width">Columns of the map, in cells.</param>
    /// <param name="scale">Side of a cell in the results, in their own units.</param>
    /// <param name="compute">Makes (B, C, tile height x scale, tile width x scale) of a tile.</param>
    /// <returns>(B, C, height x scale, width x scale).</returns>
    /// <exception cref="ArgumentOutOfRangeException">The overlap is more than half a tile, or the tile is empty.</exception>
    public Tensor Blend(long height, long width, int scale, Func<Tile, Tensor> compute)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(TileSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Overlap);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Overlap, TileSize / 2);

        using var scope = NewDisposeScope();
        Tensor? sum = null, weights = null;
        foreach (var (top, rows) in Spans(height))
            foreach (var (left, columns) in Spans(width))
            {
                using var tileScope = NewDisposeScope();
                var y = compute(new(top, left, rows, columns));
                var mask = Ramp(top, rows, height, scale, y).unsqueeze(1) * Ramp(left, columns, width, scale, y).unsqueeze(0);
                sum ??= zeros([y.shape[0], y.shape[1], height * scale, width * scale], dtype: y.dtype, device: y.device).MoveToOuterDisposeScope();
                weights ??= zeros([height * scale, width * scale], dtype: y.dtype, device: y.device).MoveToOuterDisposeScope();
                Part(sum, 2, 3, top, left, rows, columns, scale).add_(y * mask);
                Part(weights, 0, 1, top, left, rows, columns, scale).add_(mask);
            }
        return (sum! / weights!).MoveToOuterDisposeScope();
    }

    /// <summary>The tiles along one side: as few as cover it, evenly spread.</summary>
    internal IEnumerable<(long Start, long Length)> Spans(long length)
    {
        if (length <= TileSize) return [(0, length)];
        var count = (int)Math.Ceiling((length - Overlap) / (double)(TileSize - Overlap));
        return Enumerable.Range(0, count).Select(i => (i * (length - TileSize) / (count - 1), (long)TileSize));
    }

    // rises over the overlap at an inner edge, but never to zero: a cell may be covered by one tile alone
    private Tensor Ramp(long start, long length, long total, int scale, Tensor like)
    {
        var values = new float[length * scale];
        var overlap = Math.Max(Overlap * scale, 1);
        for (var i = 0; i < values.Length; i++)
        {
            var fromStart = start == 0 ? overlap : i + 1;
            var fromEnd = start + length == total ? overlap : values.Length - i;
            values[i] = Math.Min(1f, Math.Min(fromStart, fromEnd) / (float)overlap);
        }
        return tensor(values, dtype: like.dtype, device: like.device);
    }

    private static Tensor Part(Tensor map, int rowDim, int columnDim, long top, long left, long rows, long columns, int scale) =>
        map.narrow(rowDim, top * scale, rows * scale).narrow(columnDim, left * scale, columns * scale);
}
