namespace LoraBridge.Generation;

/// <summary>The weights by which rows of numbers come nearest to one number each.</summary>
internal static class LeastSquares
{
    /// <summary>Solves the normal equations; a little is added to their diagonal, so that inputs that say the same share their weight.</summary>
    /// <param name="rows">The inputs, n rows of k numbers.</param>
    /// <param name="wanted">What each row should come to, n numbers.</param>
    /// <returns>k weights.</returns>
    public static double[] Solve(IReadOnlyList<float[]> rows, IReadOnlyList<double> wanted)
    {
        var k = rows[0].Length;
        var equations = new double[k, k + 1];
        foreach (var (n, row) in rows.Index())
            for (var i = 0; i < k; i++)
            {
                for (var j = 0; j < k; j++) equations[i, j] += (double)row[i] * row[j];
                equations[i, k] += row[i] * wanted[n];
            }
        for (var i = 0; i < k; i++) equations[i, i] += 1e-9 * (1 + equations[i, i]);

        // symmetric and positive: elimination needs no exchange of rows
        for (var i = 0; i < k; i++)
            for (var j = 0; j < k; j++)
            {
                if (j == i) continue;
                var factor = equations[j, i] / equations[i, i];
                for (var c = i; c <= k; c++) equations[j, c] -= factor * equations[i, c];
            }
        return [.. Enumerable.Range(0, k).Select(i => equations[i, k] / equations[i, i])];
    }
}
