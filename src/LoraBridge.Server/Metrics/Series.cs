namespace LoraBridge.Server.Metrics;

/// <summary>What was measured under one set of labels.</summary>
internal sealed class Series(IReadOnlyList<double>? bounds)
{
    private readonly long[] _buckets = new long[bounds?.Count ?? 0];

    /// <summary>The value: the last one of a gauge, the sum of a counter or a histogram.</summary>
    public double Value { get; private set; }

    /// <summary>How many values a histogram has taken.</summary>
    public long Count { get; private set; }

    /// <summary>Takes a gauge's value.</summary>
    public void Set(double value) => Value = value;

    /// <summary>Takes a counter's growth.</summary>
    public void Add(double value) => Value += value;

    /// <summary>Takes a histogram's value.</summary>
    public void Record(double value)
    {
        Value += value;
        Count++;
        for (var i = 0; i < _buckets.Length; i++)
        {
            if (!(value <= bounds![i])) continue;
            _buckets[i]++;
            return;
        }
    }

    /// <summary>How many values were at most each bound, the last of which is infinity.</summary>
    public IEnumerable<(double Bound, long Count)> Buckets()
    {
        long sum = 0;
        for (var i = 0; i < _buckets.Length; i++) yield return (bounds![i], sum += _buckets[i]);
        yield return (double.PositiveInfinity, Count);
    }
}
