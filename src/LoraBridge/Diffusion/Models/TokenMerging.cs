using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Models;

/// <summary>
/// Self-attention among fewer tokens (Bolya and Hoffman 2023, arXiv:2303.17604): those that most resemble another take its place with it, as
/// their mean, and get the same answer. In each 2x2 cells of the map the first is a destination and the other three may go to any. The paper
/// draws the destination; the WebUI takes the first, so that a picture does not depend on what else is in its batch.
/// </summary>
/// <param name="Height">Rows of the map, h.</param>
/// <param name="Width">Columns of the map, w.</param>
/// <param name="Ratio">Which part of all tokens is merged, 0 to 1; no more than three quarters can be.</param>
internal sealed record TokenMerging(long Height, long Width, double Ratio)
{
    /// <summary>As many numbers of the table of likenesses are in memory at once.</summary>
    private const long MostScores = 1 << 24;

    /// <summary>The answer to all tokens, of which the most alike were asked as one.</summary>
    /// <param name="likeness">What tells how alike they are, (B, S, C).</param>
    /// <param name="tokens">The tokens, (B, S, C); they are left as they are.</param>
    /// <param name="attention">(B, S', C) to (B, S', C).</param>
    /// <returns>(B, S, C).</returns>
    public Tensor Around(Tensor likeness, Tensor tokens, Func<Tensor, Tensor> attention)
    {
        using var scope = NewDisposeScope();
        var (sources, destinations) = Places();
        var merged = Math.Min((long)(Height * Width * Ratio), sources.Length);
        if (merged <= 0) return attention(tokens).MoveToOuterDisposeScope();

        var device = tokens.device;
        var (from, to) = (tensor(sources, device: device), tensor(destinations, device: device));
        var (nearest, order) = Nearest(likeness.index_select(1, from), likeness.index_select(1, to));   // (B, Ns), (B, Ns): the most alike first
        var goes = order.narrow(1, 0, merged);                                                          // (B, r)
        var stays = order.narrow(1, merged, sources.Length - merged);                                   // (B, Ns - r)
        var target = nearest.gather(1, goes);                                                           // (B, r)

        var (few, all) = (tokens.index_select(1, to), tokens.index_select(1, from));                    // (B, Nd, C), (B, Ns, C)
        var asked = cat([Pick(all, stays), Mean(few, Pick(all, goes), target)], dim: 1);                // (B, Ns - r + Nd, C)
        var answered = attention(asked);

        // where in the answer each source stands, then each destination; and from there to the order of the map
        var batch = tokens.shape[0];
        var (kept, here) = (sources.Length - merged, destinations.Length);
        var rowsOfSources = zeros_like(order).scatter(1, order, cat([target + kept, Numbers(0, kept)], dim: 1));
        var rows = cat([rowsOfSources, Numbers(kept, here)], dim: 1).index_select(1, tensor([.. sources, .. destinations], device: device).argsort());   // (B, S)
        return Pick(answered, rows).MoveToOuterDisposeScope();

        Tensor Numbers(long first, long count) => arange(first, first + count, dtype: ScalarType.Int64, device: device).unsqueeze(0).expand(batch, -1);
    }

    /// <summary>Of the map's tokens, row by row, those that may be merged and those that they may be merged into.</summary>
    private (long[] Sources, long[] Destinations) Places()
    {
        var (sources, destinations) = (new List<long>(), new List<long>());
        for (var y = 0L; y < Height; y++)
            // an odd row or column at the end has no whole cell
            for (var x = 0L; x < Width; x++)
                (y % 2 == 0 && x % 2 == 0 && y + 1 < Height && x + 1 < Width ? destinations : sources).Add((y * Width) + x);
        return ([.. sources], [.. destinations]);
    }

    /// <summary>To each source the destination at the smallest angle, and the sources in the order of those angles.</summary>
    private static (Tensor Nearest, Tensor Order) Nearest(Tensor sources, Tensor destinations)
    {
        var (from, to) = (Unit(sources), Unit(destinations).transpose(1, 2));                           // (B, Ns, C), (B, C, Nd)
        var rows = Math.Max(1, MostScores / Math.Max(1, from.shape[0] * to.shape[2]));
        var (best, nearest) = (new List<Tensor>(), new List<Tensor>());
        for (var first = 0L; first < from.shape[1]; first += rows)
        {
            using var scope = NewDisposeScope();
            var (values, indexes) = from.narrow(1, first, Math.Min(rows, from.shape[1] - first)).bmm(to).max(2);
            best.Add(values.MoveToOuterDisposeScope());
            nearest.Add(indexes.MoveToOuterDisposeScope());
        }
        return (cat(nearest, dim: 1), cat(best, dim: 1).argsort(1, descending: true));
    }

    private static Tensor Unit(Tensor tokens)
    {
        var wide = tokens.to(ScalarType.Float32);
        return wide / wide.norm(2, keepdim: true).clamp_min(1e-12f);
    }

    // as the destination plus the mean of what the others differ by, so that equal tokens stay what they are to the bit
    private static Tensor Mean(Tensor destinations, Tensor merged, Tensor target)
    {
        var places = target.unsqueeze(-1).expand(-1, -1, merged.shape[2]);                              // (B, r, C)
        var differences = zeros_like(destinations).scatter_add(1, places, merged - destinations.gather(1, places));
        var counts = ones_like(destinations.narrow(2, 0, 1)).scatter_add(1, target.unsqueeze(-1), ones_like(merged.narrow(2, 0, 1)));
        return destinations + (differences / counts);
    }

    private static Tensor Pick(Tensor tokens, Tensor rows) => tokens.gather(1, rows.unsqueeze(-1).expand(-1, -1, tokens.shape[2]));
}
