using LoraBridge.Diffusion.Text;

namespace LoraBridge.Lora;

/// <summary>One adapter's part in a layer: a module, and its weight in every picture of a batch.</summary>
internal sealed class LayerPart(LoraModule module, int? dynamicRank, int pictures)
{
    private readonly double[] _weights = new double[pictures];
    private readonly List<(int Picture, double Weight, WeightSchedule Schedule)> _scheduled = [];

    public LoraModule Module => module;

    public int? DynamicRank => dynamicRank;

    /// <summary>Whether the weights change between steps.</summary>
    public bool IsScheduled => _scheduled.Count > 0;

    /// <summary>Whether all pictures have the same weights.</summary>
    public bool IsUniform => !IsScheduled && _weights.All(weight => weight == _weights[0]);

    /// <summary>Adds to the weight in a picture: an adapter named twice counts twice.</summary>
    public void Add(int picture, double weight, WeightSchedule schedule)
    {
        if (schedule == WeightSchedule.Constant) _weights[picture] += weight;
        else _scheduled.Add((picture, weight, schedule));
    }

    /// <summary>The weight in every picture at a fraction of the run, 0 at its start.</summary>
    public double[] WeightsAt(double fraction)
    {
        if (!IsScheduled) return _weights;
        var weights = (double[])_weights.Clone();
        foreach (var (picture, weight, schedule) in _scheduled) weights[picture] += weight * schedule.At(fraction);
        return weights;
    }
}
