using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>One parameter in an optimizer: its moments by name, its step count, and what half precision rounds away.</summary>
internal sealed class ParameterState : IDisposable
{
    private const string Remainder = "remainder";

    private readonly Dictionary<string, Moment> _moments = [];
    private readonly bool _isHalf;

    public ParameterState(ParameterGroup group, int groupIndex, NamedParameter parameter)
    {
        (Group, GroupIndex, Name, Parameter) = (group, groupIndex, parameter.Name, parameter.Tensor);
        _isHalf = Parameter.dtype is ScalarType.BFloat16 or ScalarType.Float16;
        if (_isHalf) AddZeros(Remainder);
    }

    public ParameterGroup Group { get; }

    public int GroupIndex { get; }

    public string Name { get; }

    public Tensor Parameter { get; }

    /// <summary>How often it has moved.</summary>
    public long Steps { get; set; }

    /// <summary>A float32 moment that starts at 0, of the parameter's shape or another.</summary>
    public void AddZeros(string moment, long[]? shape = null) =>
        _moments.Add(moment, new PlainMoment(zeros(shape ?? Parameter.shape, dtype: float32, device: Parameter.device)));

    /// <summary>A float32 moment that starts as a copy of the parameter.</summary>
    public void AddCopy(string moment) => _moments.Add(moment, new PlainMoment(Parameter.detach().to(float32, copy: true)));

    /// <summary>A moment in 8 bits that starts at 0.</summary>
    public void AddQuantized(string moment, bool isSquare) => _moments.Add(moment, new BlockwiseMoment(Parameter.shape, isSquare, Parameter.device));

    /// <summary>A moment to read and to change in place; <see cref="Write"/> makes the change last.</summary>
    public Tensor Read(string moment) => _moments[moment].Read();

    /// <summary>Keeps a moment's new value.</summary>
    public void Write(string moment, Tensor value) => _moments[moment].Write(value);

    /// <summary>The parameter as float32 to move in place, with what its last rounding took away.</summary>
    public Tensor Value() => _isHalf ? Parameter.to(float32).add_(Read(Remainder)) : Parameter;

    /// <summary>The gradient as float32, times a factor.</summary>
    public Tensor Gradient(double factor)
    {
        var gradient = Parameter.grad!.to(float32);
        return factor == 1 ? gradient : gradient * factor;
    }

    /// <summary>Puts the moved value into the parameter.</summary>
    public void Store(Tensor value)
    {
        if (!_isHalf) return;                                                   // it is the parameter
        Parameter.copy_(value);
        Read(Remainder).copy_(value - Parameter.to(float32));
    }

    public void Save(SavedState saved)
    {
        foreach (var (name, tensor) in Tensors()) saved.Add(name, tensor);
    }

    public void Load(SavedState saved)
    {
        foreach (var (name, tensor) in Tensors()) saved.CopyTo(name, tensor);
    }

    public void Dispose()
    {
        foreach (var (_, tensor) in Tensors()) tensor.Dispose();
        foreach (var moment in _moments.Values) moment.Dispose();
    }

    private IEnumerable<(string Name, Tensor Tensor)> Tensors() =>
        from moment in _moments
        from tensor in moment.Value.Tensors
        select ($"{Name}.{moment.Key}{tensor.Suffix}", tensor.Tensor);
}
