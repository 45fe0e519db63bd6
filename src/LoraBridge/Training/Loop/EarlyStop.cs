using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Loop;

/// <summary>Watches a number that should fall.</summary>
/// <param name="options">How long to wait, and what counts.</param>
internal sealed class EarlyStop(EarlyStopOptions options)
{
    private readonly List<(double Validation, double Training)> _looks = [];

    /// <summary>The best number so far; infinity before the first.</summary>
    public double Best { get; private set; } = double.PositiveInfinity;

    /// <summary>Looks since then.</summary>
    public int Looks { get; private set; }

    /// <summary>Whether patience is at its end.</summary>
    public bool IsOver => options.Patience is { } patience && Looks >= patience;

    /// <summary>Takes a number; whether it is the best so far.</summary>
    public bool Look(double value)
    {
        var isBetter = value < Best - options.MinimumImprovement;
        if (isBetter) Best = value;
        Looks = isBetter ? 0 : Looks + 1;
        return isBetter;
    }

    /// <summary>Goes on from a saved run.</summary>
    public void Load(double best, int looks) => (Best, Looks) = (best, looks);

    /// <summary>In plain words what it means when pictures that are trained get better and others worse, three looks in a row; null while that is not so.</summary>
    public string? Overfits(double validation, double training)
    {
        _looks.Add((validation, training));
        if (_looks.Count < 4) return null;
        var last = _looks.TakeLast(4).ToList();
        var isWorse = last.Zip(last.Skip(1)).All(pair => pair.Second.Validation > pair.First.Validation);
        if (!isWorse || last[^1].Training >= last[0].Training) return null;
        _looks.Clear();
        return "The adapter has begun to learn its pictures by heart: the loss on the pictures it is trained on still falls, while it has risen three times in a row on those set aside. Take an earlier checkpoint, or train with fewer steps, a lower rate or more pictures.";
    }
}
