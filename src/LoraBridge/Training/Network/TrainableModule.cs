using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;
using LoraBridge.Lora.Formats;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Training.Network;

/// <summary>What a module is made with.</summary>
/// <param name="Plan">The layer, its rank and its scale.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Network">The algorithm's options.</param>
/// <param name="Seed">The seed of first values.</param>
/// <param name="Type">The type to train in.</param>
/// <param name="Device">Where.</param>
internal sealed record ModuleSetup(LayerPlan Plan, WeightLayer Layer, NetworkOptions Network, long Seed, ScalarType Type, Device Device);

/// <summary>
/// A change of one layer that is trained: the layer's output becomes (W + D) x + b, D a function of the module's tensors. With
/// lengths trained apart (DoRA, Liu et al. 2024, arXiv:2402.09353) it is m ⊙ (W + D) / ‖W + D‖, the norm being a constant in the
/// backward pass, as in the paper's section 4.3.
/// </summary>
internal abstract class TrainableModule : IDisposable
{
    private readonly ModuleSetup _setup;
    private readonly List<TrainedTensor> _tensors = [];
    private readonly ulong _hash;
    private TrainedTensor? _lengths;

    protected TrainableModule(ModuleSetup setup)
    {
        _setup = setup;
        _hash = InitialValues.Hash(0, setup.Plan.Stem);
    }

    /// <summary>The layer, its rank and its scale.</summary>
    public LayerPlan Plan => _setup.Plan;

    /// <summary>The tensors, trained or not.</summary>
    public IReadOnlyList<TrainedTensor> Tensors => _tensors;

    /// <summary>The rank as files have it, with which alpha goes; null for what has none.</summary>
    public virtual long? Rank => Plan.Rank;

    /// <summary>The factor on the change: alpha / rank as readers of files compute it.</summary>
    public virtual double Scale => Rank is null ? 1 : Plan.Scale;

    /// <summary>Whether the layer's lengths are trained apart from its directions.</summary>
    public bool HasLengths => _lengths is not null;

    /// <summary>Whether those lengths are the weight's rows', one for each output; else its columns', one for each input.</summary>
    public bool IsByOutput => _setup.Network.DecomposeOnOutput;

    /// <summary>Whether a change that is formed as a whole is formed again in the backward pass instead of kept.</summary>
    public bool Recomputes { get; set; } = true;

    /// <summary>By how many of its tensors the change is multiplied, each of which takes its share of a limit on the norm.</summary>
    public abstract IReadOnlyList<TrainedTensor> Factors { get; }

    protected WeightLayer Layer => _setup.Layer;

    /// <summary>The layer's output with the change.</summary>
    /// <param name="x">Its input, whose type is computed in.</param>
    /// <param name="place">Where in the run, for what is dropped; null drops nothing.</param>
    public Tensor Output(Tensor x, Objective.DrawPlace? place)
    {
        using var scope = NewDisposeScope();
        var draws = place is { } at ? new LayerDraws(at, _hash, _setup.Network) : null;
        if (draws is { DropsModule: true }) return Layer.Plain(x).MoveToOuterDisposeScope();
        return (_lengths is null ? Product(x, Layer.Bias, draws) : WithLengths(x, draws)).MoveToOuterDisposeScope();
    }

    /// <summary>D in float32, of the weight's shape.</summary>
    public abstract Tensor Difference();

    /// <summary>‖D‖ of the weight, a scalar in float32; computed without forming D where that can be.</summary>
    public virtual Tensor Norm()
    {
        using var scope = NewDisposeScope();
        return linalg.vector_norm(Difference()).MoveToOuterDisposeScope();
    }

    /// <summary>Begins the lengths with those of the weight as it is changed now, so that the output is not.</summary>
    public void ResetLengths()
    {
        if (_lengths is not { } lengths) return;
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        lengths.Set(ChangedNorm());
    }

    /// <summary>Copies of the tensors as files have them, by kind, on a device; alpha and marks among them.</summary>
    public Dictionary<string, Tensor> ForFile(Device device)
    {
        var tensors = _tensors.ToDictionary(tensor => tensor.Kind, tensor => tensor.Value.detach().to(device, copy: true), StringComparer.Ordinal);
        if (Rank is { } rank) tensors[TensorKind.Alpha] = tensor((float)(Scale * rank), dtype: float32, device: device);
        AddMarks(tensors, device);
        return tensors;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _tensors) tensor.Dispose();
        _tensors.Clear();
    }

    /// <summary>(W + D) x, and the bias where one is given.</summary>
    protected abstract Tensor Product(Tensor x, Tensor? bias, LayerDraws? draws);

    /// <summary>Adds what a file holds besides tensors.</summary>
    protected virtual void AddMarks(Dictionary<string, Tensor> tensors, Device device)
    {
    }

    /// <summary>Makes a tensor of the module; its first values are a function of the seed and its name.</summary>
    protected TrainedTensor Add(string kind, Func<Objective.RandomStream, Tensor> first, RankAxis? ranks = null, bool isTrained = true)
    {
        using var scope = NewDisposeScope();
        var name = $"{Plan.Stem}.{kind}";
        var tensor = new TrainedTensor(kind, name, first(InitialValues.Stream(_setup.Seed, name)), _setup.Type, _setup.Device, ranks, isTrained);
        _tensors.Add(tensor);
        return tensor;
    }

    /// <summary>Adds lengths where they are asked for; called when the other tensors are there.</summary>
    protected void AddLengths()
    {
        if (!_setup.Network.WeightDecompose || Plan.IsNorm) return;
        using var frozen = no_grad();
        _lengths = Add(TensorKind.DoraScale, _ => ChangedNorm());
    }

    private Tensor WithLengths(Tensor x, LayerDraws? draws)
    {
        Tensor norm;
        using (no_grad()) norm = ChangedNorm();
        var gain = _lengths!.As(float32) / norm;                                // (out, 1, …) or (1, in, …)
        gain = (Layer.WeightShape.Length == 4 ? gain.reshape(1, -1, 1, 1) : gain.flatten()).to(x.dtype);
        if (!IsByOutput) return Product(x * gain, Layer.Bias, draws);

        var y = Product(x, null, draws) * gain;
        if (Layer.Bias is not { } bias) return y;
        return y + (Layer.WeightShape.Length == 4 ? bias.to(x.dtype).reshape(1, -1, 1, 1) : bias.to(x.dtype));
    }

    // ‖W + D‖ over all but the outputs or the inputs, (out, 1, …) or (1, in, …)
    private Tensor ChangedNorm()
    {
        using var scope = NewDisposeScope();
        var rest = Enumerable.Range(0, Layer.WeightShape.Length).Select(i => (long)i).Where(i => i != (IsByOutput ? 0 : 1)).ToArray();
        return linalg.vector_norm(Layer.Weight.to(float32) + Difference(), 2, rest, keepdim: true).clamp_min(float.Epsilon).MoveToOuterDisposeScope();
    }
}
