namespace LoraBridge.Lora.Tools;

/// <summary>By what the rank of a layer is chosen.</summary>
public enum RankMethod
{
    /// <summary>The same number for every layer.</summary>
    Fixed,

    /// <summary>Singular values that are not more than q times smaller than the largest: S₀ / S ≤ q.</summary>
    Ratio,

    /// <summary>The fewest that hold the share q of the norm: √(ΣS² / ‖D‖²) ≥ q.</summary>
    Frobenius,

    /// <summary>The fewest that hold the share q of the sum: ΣS / S total ≥ q.</summary>
    Cumulative,
}

/// <summary>How a layer's rank is chosen from its singular values. Exactly what the criterion asks is kept, and at least 1.</summary>
public sealed record RankChoice
{
    private RankChoice(RankMethod method, double threshold, int? most) => (Method, Threshold, Most) = (method, threshold, most);

    /// <summary>The criterion.</summary>
    public RankMethod Method { get; }

    /// <summary>q of the criterion; nothing for a fixed rank.</summary>
    public double Threshold { get; }

    /// <summary>The largest rank; null for no limit.</summary>
    public int? Most { get; }

    /// <summary>Whether layers may come out of different ranks.</summary>
    public bool IsDynamic => Method != RankMethod.Fixed;

    /// <summary>The same rank for every layer that has as many.</summary>
    /// <param name="rank">1 or more.</param>
    public static RankChoice Fixed(int rank)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        return new(RankMethod.Fixed, 0, rank);
    }

    /// <summary>A rank for each layer by its singular values.</summary>
    /// <param name="method">The criterion.</param>
    /// <param name="threshold">q: above 1 for a ratio, above 0 and at most 1 for a share.</param>
    /// <param name="most">The largest rank; null for no limit.</param>
    public static RankChoice Dynamic(RankMethod method, double threshold, int? most = null)
    {
        if (method == RankMethod.Fixed) throw new ArgumentException("A fixed rank has no threshold: use Fixed.", nameof(method));
        if (!(threshold > 0)) throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "The threshold must be above 0.");
        if (method == RankMethod.Ratio && threshold < 1) throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "A ratio of singular values must be 1 or more.");
        if (method != RankMethod.Ratio && threshold > 1) throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "A share must be at most 1.");
        if (most is { } limit) ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1, nameof(most));
        return new(method, threshold, most);
    }

    /// <summary>The rank for a layer.</summary>
    /// <param name="values">Its singular values, falling; all of them where the criterion needs their sum.</param>
    /// <param name="norm">‖D‖.</param>
    internal int Choose(IReadOnlyList<double> values, double norm)
    {
        var wanted = Method switch
        {
            RankMethod.Ratio => values.Count(value => value > 0 && values[0] / value <= Threshold),
            RankMethod.Frobenius => FewestThatReach(values, value => value * value, Threshold * Threshold * norm * norm),
            RankMethod.Cumulative => FewestThatReach(values, value => value, Threshold * values.Sum()),
            _ => values.Count,
        };
        return Math.Clamp(wanted, 1, Math.Min(Most ?? values.Count, values.Count));
    }

    private static int FewestThatReach(IReadOnlyList<double> values, Func<double, double> share, double goal)
    {
        // a share of 1 must not ask for ranks that are there only by rounding
        goal *= 1 - 1e-12;
        var sum = 0.0;
        for (var count = 0; count < values.Count; count++)
        {
            if (sum >= goal) return count;
            sum += share(values[count]);
        }
        return values.Count;
    }
}
